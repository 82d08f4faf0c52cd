# rule: instruction
	cli
	ud2
