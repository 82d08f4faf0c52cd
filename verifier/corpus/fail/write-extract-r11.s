# rule: upper-half
	pextrq $1, %xmm0, %r11
	ud2
