# rule: gate
	jmp *0x28(%r15)
	ud2
