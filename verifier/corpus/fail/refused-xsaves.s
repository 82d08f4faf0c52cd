# rule: instruction
	xsaves (%r14,%r11)
	ud2
