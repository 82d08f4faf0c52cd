# rule: prefix
	.byte 0x66; setne %al
	ud2
