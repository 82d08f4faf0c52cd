# rule: instruction
	wbinvd
	ud2
