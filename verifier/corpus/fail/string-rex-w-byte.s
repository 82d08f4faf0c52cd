# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	.byte 0xf3, 0x48, 0xaa
	ud2
