# rule: string-unit
	scasb
	ud2
