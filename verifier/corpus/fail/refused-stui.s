# rule: instruction
	stui
	ud2
