# rule: upper-half
	movb %al, %r13b
	ud2
