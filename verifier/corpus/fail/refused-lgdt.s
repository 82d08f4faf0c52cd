# rule: instruction
	lgdt (%r14,%r11)
	ud2
