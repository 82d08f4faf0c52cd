# rule: instruction
	mwait
	ud2
