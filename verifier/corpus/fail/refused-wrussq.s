# rule: instruction
	wrussq %rax, (%r14,%r11)
	ud2
