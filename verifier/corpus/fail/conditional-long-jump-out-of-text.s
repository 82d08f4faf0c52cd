# rule: branch-target
	.byte 0x0f, 0x84
	.long -0x40000000
	ud2
