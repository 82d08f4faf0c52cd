	adcq %rax, %rcx
	sbbq $1, %rcx
	mulq %rcx
	imulq %rcx
	divl %ecx
	idivq (%r14,%r11)
	cqto
	cltd
	cltq
	cwtl
	cbtw
	cwtd
	setne %al
	setge (%r14,%r11)
	cmovgq %rax, %rcx
	shldq $3, %rax, %rcx
	shrdl %cl, %eax, (%r14,%r11)
	bswapl %eax
	bswapq %r8
	bsfq %rax, %rcx
	bsrl %eax, %ecx
	tzcntq %rax, %rcx
	lzcntq %rax, %rcx
	popcntq %rax, %rcx
	movbeq (%r14,%r11), %rax
	movbel %eax, (%r14,%r11)
	crc32b %al, %ecx
	crc32q %rax, %rcx
	xchgq %rax, %rcx
	xchgl %eax, %r11d
	xaddq %rax, (%r14,%r11)
	cmpxchgq %rcx, (%r14,%r11)
	cmpxchg8b (%r14,%r11)
	rclq %rax
	rcrq $3, %rax
	rolw $8, %ax
	rorb %cl, %al
	sarq %rax
	shrq %cl, %rax
	lahf
	sahf
	clc
	stc
	cmc
	cld
	lfence
	mfence
	sfence
	pause
	movntiq %rax, (%r14,%r11)
	movabs $0x123456789abcdef0, %rax
	movslq %eax, %rcx
	movzbl (%r14,%r11), %eax
	movzwl %ax, %eax
	movsbq %al, %rax
	movswl %ax, %eax
	movb %ah, %al
	movb $1, %bh
	testb $1, (%r14,%r13)
	notq %rax
	negl %eax
	incq %rax
	decb (%r14,%r11)
	leaq -16(%rbp), %rax
	ud2
