# rule: instruction
	testui
	ud2
