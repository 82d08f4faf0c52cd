# rule: instruction
	frstor (%r14,%r11)
	ud2
