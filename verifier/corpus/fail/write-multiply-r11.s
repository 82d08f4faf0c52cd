# rule: upper-half
	imulq %rax, %r11
	ud2
