# rule: instruction
	wrmsr
	ud2
