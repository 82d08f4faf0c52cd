# rule: instruction
	in $1, %al
	ud2
