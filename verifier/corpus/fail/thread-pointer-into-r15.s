# rule: thread-block
	movq 0x40(%r15), %r15
	ud2
