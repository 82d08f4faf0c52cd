# rule: instruction
	str %eax
	ud2
