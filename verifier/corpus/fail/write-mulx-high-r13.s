# rule: upper-half
	mulxq %rcx, %rax, %r13
	ud2
