# rule: instruction
	popq %r14
	ud2
