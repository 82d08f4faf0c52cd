# rule: instruction
	pushq (%r14,%r11)
	ud2
