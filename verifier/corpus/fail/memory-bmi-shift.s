# rule: memory-form
	shlxq %rax, (%rcx), %rdx
	ud2
