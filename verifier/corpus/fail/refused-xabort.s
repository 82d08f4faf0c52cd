# rule: branch-form
	xabort $1
	ud2
