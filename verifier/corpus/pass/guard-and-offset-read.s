	movq %r11, %rax
	movq %r13, %rax
	addq %r13, %rax
	movb %r11b, %al
	leaq (%r14,%r13), %rax
	leaq -16(%r14,%r11), %rax
	movq %r13, (%r14,%r11)
	ud2
