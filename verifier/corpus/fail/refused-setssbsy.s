# rule: instruction
	setssbsy
	ud2
