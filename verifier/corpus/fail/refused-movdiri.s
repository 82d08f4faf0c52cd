# rule: instruction
	movdiri %rax, (%r14,%r11)
	ud2
