# rule: string-unit
	movsb
	ud2
