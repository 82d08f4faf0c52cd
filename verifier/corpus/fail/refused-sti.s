# rule: instruction
	sti
	ud2
