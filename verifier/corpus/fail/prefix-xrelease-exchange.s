# rule: prefix
	xrelease xchgq %rax, (%r14,%r11)
	ud2
