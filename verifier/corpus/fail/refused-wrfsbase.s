# rule: instruction
	wrfsbase %rax
	ud2
