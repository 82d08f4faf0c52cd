# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	.byte 0xf2, 0xf3, 0xaa
	ud2
