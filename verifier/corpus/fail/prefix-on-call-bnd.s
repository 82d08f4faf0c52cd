# rule: branch-form
	.byte 0xf2, 0xe8
	.long 0
	nop
	nop
	nop
	nop
	ud2
