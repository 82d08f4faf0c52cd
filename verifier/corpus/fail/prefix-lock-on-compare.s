# rule: undecodable
	.byte 0xf0; cmpq %rax, (%r14,%r11)
	ud2
