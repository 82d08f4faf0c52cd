# rule: instruction
	fxrstor (%r14,%r11)
	ud2
