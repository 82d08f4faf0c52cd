# rule: upper-half
	xchgq %r13, (%r14,%r11)
	ud2
