# rule: branch-form
	.byte 0x48, 0xe9
	.long 0
	nop
	nop
	nop
	nop
	ud2
