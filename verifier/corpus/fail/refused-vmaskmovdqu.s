# rule: instruction
	vmaskmovdqu %xmm0, %xmm1
	ud2
