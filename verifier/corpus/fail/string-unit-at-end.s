# rule: fall-through
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	rep stosb
