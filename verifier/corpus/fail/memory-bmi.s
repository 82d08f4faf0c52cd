# rule: memory-form
	andnq (%rax), %rcx, %rdx
	ud2
