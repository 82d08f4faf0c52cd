# rule: instruction
	getsec
	ud2
