# rule: instruction
	clwb (%r14,%r11)
	ud2
