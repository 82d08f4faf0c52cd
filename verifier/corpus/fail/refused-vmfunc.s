# rule: instruction
	vmfunc
	ud2
