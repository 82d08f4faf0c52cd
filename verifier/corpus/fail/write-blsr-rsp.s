# rule: stack-pointer
	blsrq %rax, %rsp
	ud2
