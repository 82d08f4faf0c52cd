# rule: instruction
	popq %rsp
	ud2
