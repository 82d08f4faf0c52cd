# rule: undecodable
	.byte 0xe9, 0, 0
