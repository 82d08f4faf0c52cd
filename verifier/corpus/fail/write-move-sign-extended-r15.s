# rule: thread-block
	movq $-1, %r15
	ud2
