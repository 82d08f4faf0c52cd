# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	nop
	rep stosb
	ud2
