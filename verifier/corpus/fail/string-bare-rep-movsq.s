# rule: string-unit
	rep movsq
	ud2
