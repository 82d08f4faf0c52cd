# rule: instruction
	rdfsbase %rax
	ud2
