# rule: thread-block
	movl %r15d, %r15d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r15), %r11d
	jne 9f
	addq %r14, %r15
	call *%r15
9:
	ud2
