# rule: region-base
	bextrq %rax, %rcx, %r14
	ud2
