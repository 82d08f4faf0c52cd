# rule: instruction
	popfq
	ud2
