# rule: upper-half
	blsmskq %rax, %r11
	ud2
