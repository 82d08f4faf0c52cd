# rule: undecodable
# lea with a register as its address.
	.byte 0x8d, 0xc0
	ud2
