# rule: branch-form
1:
	jrcxz 1b
	ud2
