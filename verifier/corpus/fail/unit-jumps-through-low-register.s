# rule: memory-form
	movl %r8d, %r8d
	movl $0x05e1f00d, %r11d
	addl (%r14,%r8), %r11d
	jne 9f
	addq %r14, %r8
	call *%rax
9:
	ud2
