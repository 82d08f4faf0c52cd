# rule: stack-pointer
	movl %eax, %esp
	ud2
