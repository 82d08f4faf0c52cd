# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	.byte 0xf3, 0x67, 0xab
	ud2
