# rule: instruction
	rdtscp
	ud2
