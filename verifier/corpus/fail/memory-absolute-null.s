# rule: memory-form
	movq $0, 0
	ud2
