# rule: instruction
	outsb
	ud2
