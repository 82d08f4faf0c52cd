# rule: instruction
	enclu
	ud2
