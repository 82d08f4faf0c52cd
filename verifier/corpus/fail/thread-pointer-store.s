# rule: thread-block
	movq %rax, 0x40(%r15)
	ud2
