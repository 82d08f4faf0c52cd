# rule: branch-target
	jmp 1f
	movl %edi, %edi
1:
	leaq (%r14,%rdi), %rdi
	rep stosb
	ud2
