# rule: prefix
	.byte 0x36; movq (%r14,%r11), %rax
	ud2
