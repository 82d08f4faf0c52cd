	movl %eax, %r11d
	leal 8(%rax,%rcx,4), %r11d
	addl $8, %r11d
	xchgl %r11d, %ecx
	xaddl %r11d, %ecx
	cmpxchgl %ecx, %r11d
	cmovnel %ecx, %r11d
	movzbl %al, %r11d
	movsbl %al, %r11d
	popcntl %ecx, %r11d
	movd %xmm0, %r11d
	pmovmskb %xmm0, %r11d
	mulxl %ecx, %r11d, %eax
	bsfl %ecx, %r11d
	shldl $1, %eax, %r11d
	btsl $3, %r11d
	cvttsd2si %xmm0, %r11d
	crc32l %eax, %r11d
	movl %eax, %r13d
	leal 8(%rax,%rcx,4), %r13d
	addl $8, %r13d
	xchgl %r13d, %ecx
	xaddl %r13d, %ecx
	cmpxchgl %ecx, %r13d
	cmovnel %ecx, %r13d
	movzbl %al, %r13d
	movsbl %al, %r13d
	popcntl %ecx, %r13d
	movd %xmm0, %r13d
	pmovmskb %xmm0, %r13d
	mulxl %ecx, %r13d, %eax
	bsfl %ecx, %r13d
	shldl $1, %eax, %r13d
	btsl $3, %r13d
	cvttsd2si %xmm0, %r13d
	crc32l %eax, %r13d
	ud2
