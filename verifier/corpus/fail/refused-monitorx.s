# rule: instruction
	monitorx
	ud2
