# rule: thread-block
	movsbw %al, %r15w
	ud2
