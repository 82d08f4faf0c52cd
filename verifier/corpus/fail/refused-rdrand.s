# rule: instruction
	rdrand %rax
	ud2
