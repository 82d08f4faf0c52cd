# rule: instruction
	fstpt (%r14,%r11)
	ud2
