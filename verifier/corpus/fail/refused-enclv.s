# rule: instruction
	enclv
	ud2
