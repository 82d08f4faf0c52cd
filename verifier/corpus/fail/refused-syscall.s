# rule: instruction
	syscall
	ud2
