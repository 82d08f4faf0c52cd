# rule: string-unit
	rep stosb
	ud2
