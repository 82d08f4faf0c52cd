# rule: instruction
	wrpkru
	ud2
