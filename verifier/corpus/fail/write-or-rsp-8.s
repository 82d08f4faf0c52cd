# rule: stack-pointer
	orb $1, %spl
	ud2
