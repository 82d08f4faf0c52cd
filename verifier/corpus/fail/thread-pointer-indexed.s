# rule: thread-block
	movq 0x40(%r15,%rax), %rax
	ud2
