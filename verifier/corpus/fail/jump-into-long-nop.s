# rule: branch-target
	jmp 1f + 1
1:
	nopl 0(%rax)
	ud2
