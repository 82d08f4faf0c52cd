# rule: encoding
	{evex} vmovups (%r14,%r11), %xmm2
	ud2
