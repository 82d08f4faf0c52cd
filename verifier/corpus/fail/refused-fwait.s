# rule: instruction
	fwait
	ud2
