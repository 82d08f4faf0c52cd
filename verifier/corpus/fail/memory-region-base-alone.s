# rule: memory-form
	movq (%r14), %rax
	ud2
