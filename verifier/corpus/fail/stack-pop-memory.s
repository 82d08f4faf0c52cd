# rule: instruction
	popq (%r14,%r11)
	ud2
