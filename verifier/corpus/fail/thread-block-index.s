# rule: memory-form
	movq (%r14,%r15), %rax
	ud2
