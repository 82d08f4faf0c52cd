# rule: instruction
	rdsspq %rax
	ud2
