# rule: upper-half
	andnq %rax, %rcx, %r13
	ud2
