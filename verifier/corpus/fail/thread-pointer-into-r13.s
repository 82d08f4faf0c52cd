# rule: upper-half
	movq 0x40(%r15), %r13
	ud2
