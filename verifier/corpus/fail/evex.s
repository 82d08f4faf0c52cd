# rule: encoding
	vaddps %zmm0, %zmm1, %zmm2
	ud2
