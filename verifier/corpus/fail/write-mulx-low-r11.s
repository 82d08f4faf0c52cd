# rule: upper-half
	mulxq %rcx, %r11, %rax
	ud2
