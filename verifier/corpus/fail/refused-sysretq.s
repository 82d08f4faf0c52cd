# rule: instruction
	sysretq
	ud2
