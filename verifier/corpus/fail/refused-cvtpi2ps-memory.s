# rule: instruction
	cvtpi2ps (%r14,%r11), %xmm0
	ud2
