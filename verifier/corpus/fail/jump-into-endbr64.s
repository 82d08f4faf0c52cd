# rule: branch-target
	jmp 1f + 1
1:
	endbr64
	ud2
