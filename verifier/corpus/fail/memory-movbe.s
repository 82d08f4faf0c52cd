# rule: memory-form
	movbeq (%rax), %rcx
	ud2
