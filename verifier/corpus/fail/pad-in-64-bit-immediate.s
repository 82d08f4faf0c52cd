# rule: landing-pad
	movabs $0x00fa1e0ff3000000, %rax
	ud2
