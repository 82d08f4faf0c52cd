# rule: instruction
	cvtpi2ps %mm0, %xmm0
	ud2
