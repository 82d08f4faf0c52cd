# rule: instruction
	vldmxcsr (%r14,%r11)
	ud2
