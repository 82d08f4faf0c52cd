# rule: thread-block
	movq 0x8(%r15), %rax
	ud2
