# rule: upper-half
	addq %rax, %r11
	ud2
