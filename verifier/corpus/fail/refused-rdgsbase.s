# rule: instruction
	rdgsbase %rax
	ud2
