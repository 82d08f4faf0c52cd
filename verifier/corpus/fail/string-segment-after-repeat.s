# rule: string-unit
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	.byte 0xf3, 0x64, 0xa5
	ud2
