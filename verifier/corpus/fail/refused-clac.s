# rule: instruction
	clac
	ud2
