# rule: instruction
	monitor
	ud2
