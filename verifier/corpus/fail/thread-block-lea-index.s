# rule: thread-block
	leaq (%rax,%r15), %rax
	ud2
