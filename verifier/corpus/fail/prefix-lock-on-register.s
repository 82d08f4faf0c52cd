# rule: undecodable
	.byte 0xf0; addq %rax, %rcx
	ud2
