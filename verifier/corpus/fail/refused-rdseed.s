# rule: instruction
	rdseed %rax
	ud2
