# rule: memory-form
	movq (%r14,%r12), %rax
	ud2
