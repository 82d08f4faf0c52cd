# rule: region-base
	movl %r14d, %r14d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r14), %r11d
	jne 9f
	addq %r14, %r14
	call *%r14
9:
	ud2
