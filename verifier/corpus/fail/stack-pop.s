# rule: instruction
	popq %rax
	ud2
