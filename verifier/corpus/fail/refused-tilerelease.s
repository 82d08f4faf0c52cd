# rule: instruction
	tilerelease
	ud2
