# rule: stack-pointer
	setne %spl
	ud2
