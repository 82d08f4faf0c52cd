# rule: instruction
	fninit
	ud2
