# rule: string-unit
	cmpsb
	ud2
