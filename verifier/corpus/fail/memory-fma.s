# rule: memory-form
	vfmadd231ps (%rax), %ymm0, %ymm1
	ud2
