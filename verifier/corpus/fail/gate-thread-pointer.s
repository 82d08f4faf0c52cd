# rule: gate
	call *0x40(%r15)
	ud2
