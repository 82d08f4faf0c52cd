# rule: memory-form
	movq (%r13), %rax
	ud2
