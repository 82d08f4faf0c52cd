# rule: instruction
	int3
	ud2
