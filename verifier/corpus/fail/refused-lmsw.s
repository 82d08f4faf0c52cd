# rule: instruction
	lmsw %ax
	ud2
