# rule: instruction
	int $0x80
	ud2
