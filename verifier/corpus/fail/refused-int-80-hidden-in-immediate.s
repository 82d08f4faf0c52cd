# rule: branch-target
	jmp 1f + 1
1:
	movl $0x80cd, %eax
	ud2
