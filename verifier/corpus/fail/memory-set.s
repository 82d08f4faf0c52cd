# rule: memory-form
	sete (%rax)
	ud2
