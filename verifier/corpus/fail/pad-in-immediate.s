# rule: landing-pad
	movl $0xfa1e0ff3, %eax
	ud2
