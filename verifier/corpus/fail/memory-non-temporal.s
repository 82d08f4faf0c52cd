# rule: memory-form
	movntiq %rax, (%rcx)
	ud2
