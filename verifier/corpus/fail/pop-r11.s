# rule: instruction
	popq %r11
	ud2
