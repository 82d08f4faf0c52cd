# rule: instruction
	stmxcsr (%r14,%r11)
	ud2
