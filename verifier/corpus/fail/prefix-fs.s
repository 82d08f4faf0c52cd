# rule: prefix
	movq %fs:(%r14,%r11), %rax
	ud2
