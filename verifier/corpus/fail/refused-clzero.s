# rule: instruction
	clzero
	ud2
