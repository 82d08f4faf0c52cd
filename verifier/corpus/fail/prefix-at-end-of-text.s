# rule: undecodable
	.byte 0x66
