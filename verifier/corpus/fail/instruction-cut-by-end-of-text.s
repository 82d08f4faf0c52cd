# rule: undecodable
	.byte 0x48, 0xb8, 0, 0, 0
