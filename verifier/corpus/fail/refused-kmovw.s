# rule: instruction
	kmovw %k0, %eax
	ud2
