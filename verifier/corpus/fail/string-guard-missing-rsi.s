# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	rep movsb
	ud2
