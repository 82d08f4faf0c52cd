# rule: memory-form
	movq (,%r11), %rax
	ud2
