# rule: instruction
	lssl (%r14,%r11), %eax
	ud2
