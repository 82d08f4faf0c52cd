# rule: upper-half
	movl %r13d, %r13d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r13), %r11d
	jne 9f
	addq %r14, %r13
	call *%r13
9:
	ud2
