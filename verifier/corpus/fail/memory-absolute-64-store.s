# rule: memory-form
	movabs %al, 0x1234567890
	ud2
