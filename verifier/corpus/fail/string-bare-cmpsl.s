# rule: string-unit
	cmpsl
	ud2
