# rule: prefix
	.byte 0x67; movq %rax, %rcx
	ud2
