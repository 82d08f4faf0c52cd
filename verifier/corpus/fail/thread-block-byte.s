# rule: thread-block
	movb $0, %r15b
	ud2
