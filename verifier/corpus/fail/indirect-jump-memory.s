# rule: branch-form
	jmp *0(%rip)
	ud2
