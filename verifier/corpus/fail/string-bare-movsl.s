# rule: string-unit
	movsl
	ud2
