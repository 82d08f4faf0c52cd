# rule: thread-block
	movq.d32 0x40(%r15), %rax
	ud2
