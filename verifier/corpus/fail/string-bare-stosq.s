# rule: string-unit
	stosq
	ud2
