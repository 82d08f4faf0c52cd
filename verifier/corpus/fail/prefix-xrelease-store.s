# rule: prefix
	xrelease movl $1, (%r14,%r11)
	ud2
