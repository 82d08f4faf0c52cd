# rule: instruction
	maskmovdqu %xmm0, %xmm1
	ud2
