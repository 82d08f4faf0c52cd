# rule: instruction
	skinit
	ud2
