# rule: instruction
	rdpru
	ud2
