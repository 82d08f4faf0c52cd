# rule: upper-half
	sarxq %rax, %rcx, %r13
	ud2
