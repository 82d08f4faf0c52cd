# rule: thread-block
	adcxq %rax, %r15
	ud2
