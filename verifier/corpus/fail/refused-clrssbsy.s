# rule: instruction
	clrssbsy (%r14,%r11)
	ud2
