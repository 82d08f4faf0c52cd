# rule: prefix
	.byte 0x66; movw %ax, %cx
	ud2
