# rule: branch-target
	jmp 1f + 1
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
1:
	rep stosb
	ud2
