# rule: memory-form
	movq (%r14,%r13,8), %rax
	ud2
