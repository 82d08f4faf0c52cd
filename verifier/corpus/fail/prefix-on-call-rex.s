# rule: branch-form
	.byte 0x40, 0xe8
	.long 0
	nop
	nop
	nop
	nop
	ud2
