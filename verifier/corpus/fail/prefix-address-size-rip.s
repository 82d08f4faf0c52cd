# rule: prefix
	movq 0(%eip), %rax
	ud2
