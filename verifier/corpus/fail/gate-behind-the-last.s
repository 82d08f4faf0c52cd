# rule: gate
	call *0x38(%r15)
	ud2
