# rule: branch-form
	jmp *%r14
	ud2
