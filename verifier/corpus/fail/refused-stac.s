# rule: instruction
	stac
	ud2
