# rule: instruction
	lldt %ax
	ud2
