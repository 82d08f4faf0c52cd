# rule: undecodable
	.byte 0xf3; vaddps %xmm0, %xmm1, %xmm2
	ud2
