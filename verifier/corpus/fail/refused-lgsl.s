# rule: instruction
	lgsl (%r14,%r11), %eax
	ud2
