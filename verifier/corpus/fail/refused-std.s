# rule: instruction
	std
	ud2
