# rule: memory-form
	movl %eax, %eax
	movl $0x05e1f00d, %r11d
	addl (%r14,%rax), %r11d
	jne 9f
	addl %r14d, %eax
	call *%rax
9:
	ud2
