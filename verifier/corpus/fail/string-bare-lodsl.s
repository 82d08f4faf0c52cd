# rule: string-unit
	lodsl
	ud2
