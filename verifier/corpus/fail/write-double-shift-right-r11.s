# rule: upper-half
	shrdq %cl, %rax, %r11
	ud2
