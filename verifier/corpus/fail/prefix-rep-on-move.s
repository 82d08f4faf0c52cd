# rule: prefix
	rep; movl %eax, %ecx
	ud2
