# rule: string-unit
	movl %edi, %edi
	leaq 8(%r14,%rdi), %rdi
	rep stosb
	ud2
