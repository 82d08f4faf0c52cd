	btq $63, (%r14,%r11)
	lock btsl $3, (%r14,%r13)
	btrw $3, 0(%rip)
	btcq %rax, %rcx
	btl %eax, %ecx
	ud2
