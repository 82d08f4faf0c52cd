# rule: instruction
	emms
	ud2
