# rule: region-base
	movq 0x40(%r15), %r14
	ud2
