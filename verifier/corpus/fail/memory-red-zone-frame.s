# rule: memory-form
	movq -8(%rbp), %rax
	ud2
