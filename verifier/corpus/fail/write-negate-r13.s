# rule: upper-half
	negq %r13
	ud2
