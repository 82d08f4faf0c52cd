# rule: prefix
	.byte 0x26; movq (%r14,%r11), %rax
	ud2
