# rule: upper-half
	xchgq %r11, %rax
	ud2
