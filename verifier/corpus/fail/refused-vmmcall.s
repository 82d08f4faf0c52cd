# rule: instruction
	vmmcall
	ud2
