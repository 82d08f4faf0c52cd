# rule: upper-half
	bzhiq %rax, %rcx, %r13
	ud2
