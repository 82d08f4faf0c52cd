# rule: thread-block
	leaw 8(%rax), %r15w
	ud2
