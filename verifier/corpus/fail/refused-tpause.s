# rule: instruction
	tpause %eax
	ud2
