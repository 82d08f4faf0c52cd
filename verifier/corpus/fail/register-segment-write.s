# rule: register-class
	movl %eax, %ss
	ud2
