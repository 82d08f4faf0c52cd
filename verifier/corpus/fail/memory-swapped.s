# rule: memory-form
	movq (%r11,%r14), %rax
	ud2
