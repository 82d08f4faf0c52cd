# rule: thread-block
	movq %r15, %xmm0
	ud2
