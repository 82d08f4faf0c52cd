# rule: branch-form
1:
	loopne 1b
	ud2
