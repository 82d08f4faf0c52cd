# rule: instruction
	fldl (%r14,%r11)
	ud2
