# rule: branch-target
	jmp 1f
	nop
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
1:
	rep stosb
	ud2
