# rule: memory-form
	movl %eax, %eax
	movl $0x05e1f00d, %r11d
	addl (%r14,%rax), %r11d
	jne 9f
	movl %ecx, %eax
	addq %r14, %rax
	call *%rax
9:
	ud2
