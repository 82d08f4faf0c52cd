# rule: instruction
	rdpid %rax
	ud2
