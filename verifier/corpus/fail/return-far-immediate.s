# rule: return
	.byte 0xca, 0, 0
	ud2
