# rule: instruction
	popq %fs
	ud2
