	movq (%r14,%r11), %rax
	movq 8(%r14,%r11), %rax
	movq -8(%r14,%r11), %rax
	movq 0x7fffffff(%r14,%r11), %rax
	movq -0x80000000(%r14,%r11), %rax
	movq (%r14,%r13), %rax
	movq 8(%r14,%r13), %rax
	movq -8(%r14,%r13), %rax
	movq 0x7fffffff(%r14,%r13), %rax
	movq -0x80000000(%r14,%r13), %rax
	movq 8(%rip), %rax
	movl %eax, -8(%rip)
	leaq (%rax,%rcx,8), %rdx
	leaq 0x10, %rax
	leaq (,%rax,8), %rcx
	leal (%rip), %eax
	prefetcht0 (%r14,%r11)
	prefetchnta (%r14,%r13)
	prefetchw (%r14,%r11)
	prefetcht1 (%r14,%r11)
	prefetcht2 (%r14,%r11)
	ud2
