# rule: stack-pointer
	shldq $3, %rax, %rsp
	ud2
