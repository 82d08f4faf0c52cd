	movl %eax, %eax
	movl $0x05e1f00d, %r11d
	addl (%r14,%rax), %r11d
	.byte 0x0f, 0x85; .long 9f - . - 4
	addq %r14, %rax
	call *%rax
9:
	ud2
