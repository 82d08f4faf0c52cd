# rule: gate
	jmp *0x8(%r15)
	ud2
