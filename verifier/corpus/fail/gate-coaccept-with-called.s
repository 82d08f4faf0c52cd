# rule: gate
	call *0x30(%r15)
	ud2
