# rule: encoding
	pfadd %mm0, %mm1
	ud2
