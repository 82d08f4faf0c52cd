# rule: instruction
	fldenv (%r14,%r11)
	ud2
