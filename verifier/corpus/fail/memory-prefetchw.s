# rule: memory-form
	prefetchw (%rax)
	ud2
