# rule: undecodable
	.fill 14, 1, 0x66
	addw %ax, %cx
	ud2
