# rule: stack-pointer
	rorxq $3, %rax, %rsp
	ud2
