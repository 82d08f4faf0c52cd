# rule: instruction
	vstmxcsr (%r14,%r11)
	ud2
