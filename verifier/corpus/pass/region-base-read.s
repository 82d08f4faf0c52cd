	movq %r14, %rax
	addq %r14, %rax
	subq %r14, %rax
	cmpq %r14, %rax
	movl %r14d, %eax
	leaq (%r14,%rax), %rcx
	leaq 8(%r14), %rax
	movq %r14, (%r14,%r11)
	testq %r14, %r14
	movq %r14, %xmm0
	ud2
