# rule: instruction
	vpgatherdd %xmm0, (%r14,%xmm1), %xmm2
	ud2
