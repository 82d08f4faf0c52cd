# rule: instruction
	saveprevssp
	ud2
