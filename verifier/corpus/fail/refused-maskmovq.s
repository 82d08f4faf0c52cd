# rule: instruction
	maskmovq %mm0, %mm1
	ud2
