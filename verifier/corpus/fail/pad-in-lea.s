# rule: landing-pad
	leaq -0x5e1f00d(%rax), %rcx
	ud2
