# rule: branch-form
	xend
	ud2
