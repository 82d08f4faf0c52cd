# rule: memory-form
	movabs 0x1234567890, %rax
	ud2
