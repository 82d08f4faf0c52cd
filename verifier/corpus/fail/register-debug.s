# rule: register-class
	movq %rax, %dr7
	ud2
