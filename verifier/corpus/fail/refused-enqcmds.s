# rule: instruction
	enqcmds (%r14,%r11), %rax
	ud2
