# rule: instruction
	serialize
	ud2
