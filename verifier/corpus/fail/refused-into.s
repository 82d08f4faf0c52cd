# rule: undecodable
	.byte 0xce
	ud2
