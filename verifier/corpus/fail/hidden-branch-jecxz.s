# rule: branch-form
1:
	jecxz 1b
	ud2
