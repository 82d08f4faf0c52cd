# rule: undecodable
	.byte 0xd6
	ud2
