# rule: branch-form
	.byte 0x2e, 0x0f, 0x84
	.long 0
	nop
	nop
	nop
	nop
	ud2
