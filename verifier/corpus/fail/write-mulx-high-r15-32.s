# rule: thread-block
	mulxl %ecx, %eax, %r15d
	ud2
