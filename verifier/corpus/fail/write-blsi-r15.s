# rule: thread-block
	blsiq %rax, %r15
	ud2
