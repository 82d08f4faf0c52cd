# rule: string-unit
	leaq (%r14,%rdi), %rdi
	rep stosb
	ud2
