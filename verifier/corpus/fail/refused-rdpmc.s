# rule: instruction
	rdpmc
	ud2
