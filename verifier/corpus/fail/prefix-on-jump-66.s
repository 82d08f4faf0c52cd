# rule: branch-form
# Decoders and processors disagree on its length.
	.byte 0x66, 0xe9
	.long 0
	nop
	nop
	nop
	nop
	ud2
