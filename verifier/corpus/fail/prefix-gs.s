# rule: prefix
	movq %gs:(%r14,%r11), %rax
	ud2
