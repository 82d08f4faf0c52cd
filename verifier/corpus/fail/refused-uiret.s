# rule: instruction
	uiret
	ud2
