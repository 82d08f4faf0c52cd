# rule: instruction
	ptwrite %rax
	ud2
