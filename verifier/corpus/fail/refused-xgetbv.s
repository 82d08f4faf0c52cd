# rule: instruction
	xgetbv
	ud2
