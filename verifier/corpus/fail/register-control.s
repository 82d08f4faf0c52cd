# rule: register-class
	movq %cr0, %rax
	ud2
