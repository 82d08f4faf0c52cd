# rule: memory-form
	lock addq $1, (%rax)
	ud2
