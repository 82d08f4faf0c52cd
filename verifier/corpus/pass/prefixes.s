	lock addq $1, (%r14,%r11)
	lock cmpxchgw %cx, (%r14,%r13)
	.byte 0x66, 0xf0, 0x0f, 0xb1, 0x0d; .long 0
	.byte 0xf0, 0x66, 0x0f, 0xb1, 0x0d; .long 0
	lock xaddl %eax, (%r14,%r11)
	lock incb (%r14,%r11)
	lock negq (%r14,%r11)
	lock notl (%r14,%r11)
	lock xchgl %eax, (%r14,%r11)
	lock cmpxchg8b (%r14,%r11)
	lock cmpxchg16b (%r14,%r11)
	lock btsq $3, (%r14,%r11)
	movw $1, %ax
	addw %ax, (%r14,%r11)
	popcntw %ax, %cx
	crc32w %ax, %ecx
	movsbw %al, %cx
	rex movb %sil, %al
	ud2
