# rule: upper-half
	movl %eax, %eax
	movl $0x05e1f00d, %r11d
	addq (%r14,%rax), %r11
	jne 9f
	addq %r14, %rax
	call *%rax
9:
	ud2
