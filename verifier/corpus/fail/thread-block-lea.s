# rule: thread-block
	leaq 8(%r15), %rax
	ud2
