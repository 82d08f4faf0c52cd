# rule: undecodable
	.byte 0x48; vaddps %xmm0, %xmm1, %xmm2
	ud2
