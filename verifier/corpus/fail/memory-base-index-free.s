# rule: memory-form
	movq (%rdi,%rsi), %rax
	ud2
