# rule: branch-target
	call . - 0x1000
	ud2
