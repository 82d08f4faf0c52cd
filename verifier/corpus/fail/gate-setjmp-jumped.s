# rule: gate
	jmp *0x18(%r15)
	ud2
