# rule: branch-form
1:
	loope 1b
	ud2
