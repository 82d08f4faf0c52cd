# rule: upper-half
	imulq $3, %rax, %r13
	ud2
