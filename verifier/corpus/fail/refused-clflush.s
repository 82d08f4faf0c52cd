# rule: instruction
	clflush (%r14,%r11)
	ud2
