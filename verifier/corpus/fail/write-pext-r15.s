# rule: thread-block
	pextq %rax, %rcx, %r15
	ud2
