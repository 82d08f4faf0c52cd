# rule: memory-form
	movaps (%rax), %xmm0
	ud2
