# rule: instruction
	umonitor %rax
	ud2
