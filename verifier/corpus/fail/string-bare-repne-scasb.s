# rule: string-unit
	repne scasb
	ud2
