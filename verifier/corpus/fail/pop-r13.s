# rule: instruction
	popq %r13
	ud2
