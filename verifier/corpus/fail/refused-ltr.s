# rule: instruction
	ltr %ax
	ud2
