# rule: upper-half
	addq $0x7fffffff, %r13
	ud2
