# rule: instruction
	lsl %ax, %cx
	ud2
