# rule: branch-target
	movl %eax, %eax
	movl $0x05e1f00d, %r11d
	addl (%r14,%rax), %r11d
	jne . + 0x70
	addq %r14, %rax
	call *%rax
9:
	ud2
