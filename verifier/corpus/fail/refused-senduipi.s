# rule: instruction
	senduipi %rax
	ud2
