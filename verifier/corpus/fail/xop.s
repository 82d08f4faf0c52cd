# rule: encoding
	vpcmov %xmm0, %xmm1, %xmm2, %xmm3
	ud2
