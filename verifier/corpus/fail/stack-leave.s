# rule: instruction
	leave
	ud2
