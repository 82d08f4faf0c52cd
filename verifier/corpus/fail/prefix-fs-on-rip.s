# rule: prefix
	movq %fs:0(%rip), %rax
	ud2
