# rule: prefix
	.byte 0x67; vaddps (%r14,%r11), %xmm1, %xmm2
	ud2
