# rule: return
	.byte 0xc2, 8, 0
	ud2
