# rule: instruction
	pushq %fs
	ud2
