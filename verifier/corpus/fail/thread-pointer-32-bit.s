# rule: thread-block
	movl 0x40(%r15), %eax
	ud2
