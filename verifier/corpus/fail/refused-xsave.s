# rule: instruction
	xsave (%r14,%r11)
	ud2
