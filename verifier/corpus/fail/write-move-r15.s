# rule: thread-block
	movq %rax, %r15
	ud2
