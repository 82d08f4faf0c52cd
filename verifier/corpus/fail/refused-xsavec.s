# rule: instruction
	xsavec (%r14,%r11)
	ud2
