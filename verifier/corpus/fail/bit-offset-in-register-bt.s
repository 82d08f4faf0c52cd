# rule: bit-offset
	btq %rax, (%r14,%r11)
	ud2
