# rule: memory-form
	prefetcht0 (%rax)
	ud2
