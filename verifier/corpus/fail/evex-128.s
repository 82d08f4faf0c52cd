# rule: encoding
	vaddps %xmm16, %xmm1, %xmm2
	ud2
