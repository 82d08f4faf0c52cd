# rule: memory-form
	movq (%r14,%rax), %rcx
	ud2
