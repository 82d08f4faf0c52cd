# rule: fall-through
1:
	.byte 0x0f, 0x84
	.long 1b - . - 4
