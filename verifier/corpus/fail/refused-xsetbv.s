# rule: instruction
	xsetbv
	ud2
