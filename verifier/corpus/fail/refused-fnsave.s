# rule: instruction
	fnsave (%r14,%r11)
	ud2
