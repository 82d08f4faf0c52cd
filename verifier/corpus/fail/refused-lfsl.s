# rule: instruction
	lfsl (%r14,%r11), %eax
	ud2
