# rule: instruction
	sysenter
	ud2
