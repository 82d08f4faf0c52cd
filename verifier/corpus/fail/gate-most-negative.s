# rule: gate
	call *-0x80(%r15)
	ud2
