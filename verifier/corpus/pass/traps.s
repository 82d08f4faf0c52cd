	ud2
	hlt
	ud2
