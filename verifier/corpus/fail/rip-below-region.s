# rule: rip-range
	movq -0x40000000(%rip), %rax
	ud2
