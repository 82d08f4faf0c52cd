# rule: upper-half
	movq 0x40(%r15), %r11
	ud2
