# rule: landing-pad
	movl -0x5e1f00d(%r14,%r13), %eax
	ud2
