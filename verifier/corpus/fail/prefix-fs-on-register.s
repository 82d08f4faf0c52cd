# rule: prefix
	.byte 0x64; movq %rax, %rcx
	ud2
