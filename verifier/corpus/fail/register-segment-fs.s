# rule: register-class
	movl %eax, %fs
	ud2
