# rule: instruction
	xlatb
	ud2
