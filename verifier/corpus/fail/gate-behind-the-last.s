# rule: gate
	call *0x28(%r15)
	ud2
