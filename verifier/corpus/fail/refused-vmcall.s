# rule: instruction
	vmcall
	ud2
