# rule: prefix
	.byte 0x66; movss %xmm0, %xmm1
	ud2
