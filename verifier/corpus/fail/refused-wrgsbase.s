# rule: instruction
	wrgsbase %rax
	ud2
