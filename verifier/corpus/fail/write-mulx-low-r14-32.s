# rule: region-base
	mulxl %ecx, %r14d, %eax
	ud2
