# rule: instruction
	pushq %rax
	ud2
