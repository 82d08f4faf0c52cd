1:
	nop
	.byte 0xe9
	.long 1b - . - 4
