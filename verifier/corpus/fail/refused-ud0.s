# rule: instruction
	ud0 %eax, %ecx
	ud2
