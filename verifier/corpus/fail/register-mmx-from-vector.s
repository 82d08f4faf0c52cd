# rule: register-class
	movd %mm0, %eax
	ud2
