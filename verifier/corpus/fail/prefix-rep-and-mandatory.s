# rule: prefix
	.byte 0xf2; movss %xmm0, %xmm1
	ud2
