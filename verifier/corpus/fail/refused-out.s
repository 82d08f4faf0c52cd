# rule: instruction
	out %al, $1
	ud2
