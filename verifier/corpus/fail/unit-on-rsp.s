# rule: stack-pointer
	movl %esp, %esp
	movl $0x05e1f00d, %r11d
	ud2
9:
	ud2
