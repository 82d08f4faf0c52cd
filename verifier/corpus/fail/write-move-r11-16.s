# rule: upper-half
	movw %ax, %r11w
	ud2
