	call *(%r15)
	call *0x8(%r15)
	call *0x18(%r15)
	jmp *0x10(%r15)
	jmp *0x20(%r15)
	call *0x28(%r15)
	jmp *0x30(%r15)
	ud2
