# rule: instruction
	swapgs
	ud2
