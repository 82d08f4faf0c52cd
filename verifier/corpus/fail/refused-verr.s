# rule: instruction
	verr %ax
	ud2
