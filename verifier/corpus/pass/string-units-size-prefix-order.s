	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	.byte 0x66, 0xf3, 0xab
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	.byte 0xf3, 0x66, 0xab
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	.byte 0x66, 0xf3, 0xa5
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	.byte 0x66, 0xf2, 0xaf
	ud2
