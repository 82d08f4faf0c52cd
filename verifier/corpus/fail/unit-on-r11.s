# rule: upper-half
	movl %r11d, %r11d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r11), %r11d
	jne 9f
	addq %r14, %r11
	call *%r11
9:
	ud2
