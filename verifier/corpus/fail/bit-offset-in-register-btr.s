# rule: bit-offset
	btrw %ax, (%r14,%r13)
	ud2
