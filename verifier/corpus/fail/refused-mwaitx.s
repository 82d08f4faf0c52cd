# rule: instruction
	mwaitx
	ud2
