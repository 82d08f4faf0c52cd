# rule: instruction
	enter $16, $0
	ud2
