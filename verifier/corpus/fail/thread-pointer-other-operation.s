# rule: thread-block
	addq 0x40(%r15), %rax
	ud2
