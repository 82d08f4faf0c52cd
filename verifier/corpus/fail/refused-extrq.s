# rule: instruction
	extrq %xmm0, %xmm1
	ud2
