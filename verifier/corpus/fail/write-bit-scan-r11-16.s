# rule: upper-half
	bsfw %ax, %r11w
	ud2
