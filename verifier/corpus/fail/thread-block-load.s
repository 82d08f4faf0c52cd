# rule: thread-block
	movq 0x48(%r15), %rax
	ud2
