# rule: instruction
	tileloadd (%r14,%r11), %tmm0
	ud2
