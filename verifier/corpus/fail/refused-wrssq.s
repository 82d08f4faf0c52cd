# rule: instruction
	wrssq %rax, (%r14,%r11)
	ud2
