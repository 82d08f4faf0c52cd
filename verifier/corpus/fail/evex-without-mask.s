# rule: encoding
	{evex} vmovd %eax, %xmm1
	ud2
