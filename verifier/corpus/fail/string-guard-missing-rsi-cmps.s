# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	repe cmpsb
	ud2
