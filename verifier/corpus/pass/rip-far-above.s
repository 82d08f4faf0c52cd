	movq 0x7fffffff(%rip), %rax
	ud2
