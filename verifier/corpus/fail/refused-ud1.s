# rule: instruction
	ud1 %eax, %ecx
	ud2
