# rule: instruction
	rdmsr
	ud2
