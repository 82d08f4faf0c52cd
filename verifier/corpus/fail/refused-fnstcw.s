# rule: instruction
	fnstcw (%r14,%r11)
	ud2
