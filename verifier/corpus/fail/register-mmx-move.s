# rule: register-class
	movq %mm0, %mm1
	ud2
