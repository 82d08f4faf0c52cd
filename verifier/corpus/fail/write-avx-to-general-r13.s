# rule: upper-half
	vmovq %xmm0, %r13
	ud2
