# rule: instruction
	smsw %eax
	ud2
