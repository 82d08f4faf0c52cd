# rule: instruction
	int1
	ud2
