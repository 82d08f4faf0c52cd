# rule: region-base
	shrxq %rax, %rcx, %r14
	ud2
