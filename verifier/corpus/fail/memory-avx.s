# rule: memory-form
	vmovups (%rax), %ymm0
	ud2
