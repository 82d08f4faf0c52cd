# rule: instruction
	fxsave (%r14,%r11)
	ud2
