# rule: instruction
	ldmxcsr (%r14,%r11)
	ud2
