# rule: upper-half
	movslq %eax, %r13
	ud2
