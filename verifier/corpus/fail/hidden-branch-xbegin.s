# rule: branch-form
1:
	xbegin 1b
	ud2
