# rule: instruction
	xrstors (%r14,%r11)
	ud2
