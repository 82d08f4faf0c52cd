# rule: instruction
	cldemote (%r14,%r11)
	ud2
