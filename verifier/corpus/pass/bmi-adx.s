	andnq %rax, %rcx, %rdx
	bextrl %eax, %ecx, %edx
	blsiq %rax, %rcx
	blsmskq (%r14,%r11), %rcx
	blsrl %eax, %ecx
	bzhiq %rax, (%r14,%r11), %rdx
	mulxq %rax, %rcx, %rsi
	pdepq %rax, %rcx, %rdx
	pextq (%r14,%r11), %rcx, %rdx
	rorxq $3, %rax, %rcx
	sarxq %rax, %rcx, %rdx
	shlxl %eax, (%r14,%r11), %edx
	shrxq %rax, %rcx, %rdx
	adcxq %rax, %rcx
	adoxl (%r14,%r11), %ecx
	ud2
