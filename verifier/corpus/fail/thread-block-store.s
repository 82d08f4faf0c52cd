# rule: thread-block
	movq %r15, (%r14,%r11)
	ud2
