# rule: register-class
	paddb %mm0, %mm1
	ud2
