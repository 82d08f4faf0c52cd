# rule: memory-form
	movq (%r14,%r11,2), %rax
	ud2
