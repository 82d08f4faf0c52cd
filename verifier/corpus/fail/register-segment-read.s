# rule: register-class
	movw %ds, %ax
	ud2
