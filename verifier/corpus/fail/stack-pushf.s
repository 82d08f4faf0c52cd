# rule: instruction
	pushfq
	ud2
