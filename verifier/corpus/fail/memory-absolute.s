# rule: memory-form
	movq 0x10000, %rax
	ud2
