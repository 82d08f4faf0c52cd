# rule: instruction
	clui
	ud2
