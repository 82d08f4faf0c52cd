# rule: upper-half
	cmovneq %rax, %r11
	ud2
