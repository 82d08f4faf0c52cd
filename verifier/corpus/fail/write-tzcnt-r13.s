# rule: upper-half
	tzcntq %rax, %r13
	ud2
