# rule: instruction
	sgdt (%r14,%r11)
	ud2
