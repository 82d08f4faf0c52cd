# rule: instruction
	vmrun
	ud2
