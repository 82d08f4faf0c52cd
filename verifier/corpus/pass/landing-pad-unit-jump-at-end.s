	jmp 1f
9:
	ud2
1:
	movl %eax, %eax
	movl $0x05e1f00d, %r11d
	addl (%r14,%rax), %r11d
	jne 9b
	addq %r14, %rax
	jmp *%rax
