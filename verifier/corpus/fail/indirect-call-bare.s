# rule: branch-form
	call *%rax
	ud2
