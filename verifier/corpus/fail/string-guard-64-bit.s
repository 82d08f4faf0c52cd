# rule: string-unit
	movq %rdi, %rdi
	leaq (%r14,%rdi), %rdi
	rep stosb
	ud2
