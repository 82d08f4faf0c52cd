# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	.byte 0x67; rep stosb
	ud2
