# rule: instruction
	pushq $1
	ud2
