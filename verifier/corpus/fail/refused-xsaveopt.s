# rule: instruction
	xsaveopt (%r14,%r11)
	ud2
