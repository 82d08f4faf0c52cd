# rule: instruction
	verw %ax
	ud2
