# rule: bit-offset
	btq %rax, 0(%rip)
	ud2
