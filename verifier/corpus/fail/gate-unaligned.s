# rule: gate
	call *0x1(%r15)
	ud2
