# rule: memory-form
	lock cmpxchg16b (%rdi)
	ud2
