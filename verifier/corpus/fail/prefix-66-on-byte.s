# rule: prefix
	.byte 0x66; movb %al, %cl
	ud2
