# rule: branch-form
	call *(%r14,%r11)
	ud2
