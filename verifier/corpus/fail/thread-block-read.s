# rule: thread-block
	movq %r15, %rax
	ud2
