# rule: thread-block
	xaddq %rcx, %r15
	ud2
