# rule: gate
	call *%fs:0x8(%r15)
	ud2
