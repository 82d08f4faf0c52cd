# rule: undecodable
	.byte 0x66; vaddps %xmm0, %xmm1, %xmm2
	ud2
