# rule: branch-target
	call 1f + 1
1:
	movl $0, %eax
	ud2
