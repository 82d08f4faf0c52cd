# rule: prefix
	movq (%r14d,%r11d), %rax
	ud2
