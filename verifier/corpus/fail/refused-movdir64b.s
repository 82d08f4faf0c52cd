# rule: instruction
	movdir64b (%r14,%r11), %rax
	ud2
