# rule: thread-block
	crc32q %rax, %r15
	ud2
