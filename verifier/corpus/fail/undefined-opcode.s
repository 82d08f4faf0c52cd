# rule: undecodable
	.byte 0x06
	ud2
