# rule: instruction
	vpgatherqq %ymm0, (%r14,%ymm1), %ymm2
	ud2
