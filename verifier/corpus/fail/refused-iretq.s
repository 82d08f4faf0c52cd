# rule: return
	iretq
	ud2
