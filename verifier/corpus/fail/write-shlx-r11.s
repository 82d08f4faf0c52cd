# rule: upper-half
	shlxq %rax, %rcx, %r11
	ud2
