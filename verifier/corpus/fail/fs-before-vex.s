# rule: prefix
	.byte 0x64; vaddps (%r14,%r11), %xmm1, %xmm2
	ud2
