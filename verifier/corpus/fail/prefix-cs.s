# rule: prefix
	.byte 0x2e; movq (%r14,%r11), %rax
	ud2
