# rule: gate
	call *0x20(%r15)
	ud2
