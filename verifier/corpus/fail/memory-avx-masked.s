# rule: memory-form
	vmaskmovps %ymm0, %ymm1, (%rax)
	ud2
