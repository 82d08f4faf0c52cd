# rule: region-base
	pdepq %rax, %rcx, %r14
	ud2
