# rule: stack-pointer
	movw %sp, %ax
	ud2
