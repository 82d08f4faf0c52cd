# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	repne; stosb
	ud2
