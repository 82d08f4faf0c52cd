# rule: instruction
	movntsd %xmm0, (%r14,%r11)
	ud2
