# rule: undecodable
	.byte 0x9a, 0, 0, 0, 0, 0, 0
	ud2
