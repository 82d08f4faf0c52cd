# rule: branch-form
1:
	loop 1b
	ud2
