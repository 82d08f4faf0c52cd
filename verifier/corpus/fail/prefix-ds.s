# rule: prefix
	.byte 0x3e; movq (%r14,%r11), %rax
	ud2
