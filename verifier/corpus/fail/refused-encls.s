# rule: instruction
	encls
	ud2
