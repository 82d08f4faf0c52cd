# rule: thread-block
	rolw $1, %r15w
	ud2
