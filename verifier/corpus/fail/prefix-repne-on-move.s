# rule: prefix
	repne; movl %eax, %ecx
	ud2
