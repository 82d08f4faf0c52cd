# rule: instruction
	enqcmd (%r14,%r11), %rax
	ud2
