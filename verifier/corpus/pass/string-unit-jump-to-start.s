1:
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	rep stosb
	jmp 1b
	ud2
