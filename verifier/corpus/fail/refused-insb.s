# rule: instruction
	insb
	ud2
