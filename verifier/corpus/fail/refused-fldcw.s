# rule: instruction
	fldcw (%r14,%r11)
	ud2
