# rule: prefix
	.byte 0x64; leaq (%rax), %rcx
	ud2
