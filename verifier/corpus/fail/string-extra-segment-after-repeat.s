# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	.byte 0xf3, 0x26, 0xab
	ud2
