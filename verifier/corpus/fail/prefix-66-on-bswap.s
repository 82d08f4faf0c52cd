# rule: prefix
	.byte 0x66; bswapl %eax
	ud2
