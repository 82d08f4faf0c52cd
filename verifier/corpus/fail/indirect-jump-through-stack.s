# rule: branch-form
	jmp *(%rsp)
	ud2
