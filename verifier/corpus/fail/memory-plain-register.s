# rule: memory-form
	movq (%rax), %rcx
	ud2
