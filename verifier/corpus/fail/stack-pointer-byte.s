# rule: stack-pointer
	movb %spl, %al
	ud2
