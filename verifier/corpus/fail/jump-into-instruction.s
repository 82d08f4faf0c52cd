# rule: branch-target
	jmp 1f + 1
1:
	movabs $0x0f0f0f0f0f0f0f0f, %rax
	ud2
