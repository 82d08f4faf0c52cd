# rule: instruction
	lar %ax, %cx
	ud2
