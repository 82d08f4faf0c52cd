# rule: instruction
	kaddb %k0, %k1, %k2
	ud2
