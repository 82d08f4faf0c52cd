# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	.byte 0xf3, 0x66, 0xaa
	ud2
