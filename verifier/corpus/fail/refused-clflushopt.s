# rule: instruction
	clflushopt (%r14,%r11)
	ud2
