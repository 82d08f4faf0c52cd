# rule: instruction
	rdpkru
	ud2
