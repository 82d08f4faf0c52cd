# rule: branch-form
	movl %eax, %eax
	movl $0x05e1f00d, %r11d
	leal (%rax), %r11d
	addq %r14, %rax
	call *%rax
9:
	ud2
