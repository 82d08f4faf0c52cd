# rule: instruction
	fnstenv (%r14,%r11)
	ud2
