# rule: instruction
	in %dx, %eax
	ud2
