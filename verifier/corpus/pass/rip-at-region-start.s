	movb -0x11006(%rip), %al
	ud2
