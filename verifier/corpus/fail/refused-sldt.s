# rule: instruction
	sldt %eax
	ud2
