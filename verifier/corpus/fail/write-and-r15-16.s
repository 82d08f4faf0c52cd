# rule: thread-block
	andw $0, %r15w
	ud2
