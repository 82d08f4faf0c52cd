# rule: encoding
	blcfill %eax, %ecx
	ud2
