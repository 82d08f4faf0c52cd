# rule: branch-target
	jne 1f + 2
1:
	movl $0, %eax
	ud2
