# rule: instruction
	mcommit
	ud2
