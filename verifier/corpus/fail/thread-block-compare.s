# rule: thread-block
	cmpq %r15, %rax
	ud2
