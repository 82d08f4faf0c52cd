# rule: thread-block
	popcntq %rax, %r15
	ud2
