# rule: instruction
	sidt (%r14,%r11)
	ud2
