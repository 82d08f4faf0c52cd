# rule: region-base
	lzcntq %rax, %r14
	ud2
