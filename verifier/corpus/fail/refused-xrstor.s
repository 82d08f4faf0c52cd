# rule: instruction
	xrstor (%r14,%r11)
	ud2
