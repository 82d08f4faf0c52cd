# rule: branch-target
	jmp . - 0x100
	ud2
