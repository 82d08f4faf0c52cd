# rule: gate
	call *0x10(%r15)
	ud2
