# rule: instruction
	movntq %mm0, (%r14,%r11)
	ud2
