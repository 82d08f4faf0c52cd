# rule: prefix
	.byte 0x66; movq %rax, %rcx
	ud2
