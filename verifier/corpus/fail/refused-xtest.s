# rule: instruction
	xtest
	ud2
