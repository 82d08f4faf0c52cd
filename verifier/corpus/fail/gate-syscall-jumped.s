# rule: gate
	jmp *(%r15)
	ud2
