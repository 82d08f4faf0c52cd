# rule: region-base
	leaq 8(%rax), %r14
	ud2
