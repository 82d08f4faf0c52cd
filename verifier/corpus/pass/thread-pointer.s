	movq 0x40(%r15), %rax
	movq 0x40(%r15), %rcx
	movq 0x40(%r15), %rdx
	movq 0x40(%r15), %rbx
	movq 0x40(%r15), %rbp
	movq 0x40(%r15), %rsi
	movq 0x40(%r15), %rdi
	movq 0x40(%r15), %r8
	movq 0x40(%r15), %r9
	movq 0x40(%r15), %r10
	movq 0x40(%r15), %r12
	ud2
