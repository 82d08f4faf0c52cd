# rule: instruction
	popq %r15
	ud2
