# rule: instruction
	lidt (%r14,%r11)
	ud2
