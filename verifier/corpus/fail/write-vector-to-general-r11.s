# rule: upper-half
	movq %xmm0, %r11
	ud2
