# rule: branch-form
	jmp *%rax
	ud2
