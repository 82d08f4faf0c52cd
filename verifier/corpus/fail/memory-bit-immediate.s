# rule: memory-form
	btq $3, (%rax)
	ud2
