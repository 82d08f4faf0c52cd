# rule: undecodable
	.byte 0xf0; movq (%r14,%r11), %rax
	ud2
