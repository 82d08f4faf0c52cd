# rule: instruction
	clts
	ud2
