# rule: stack-pointer
	cmpq %rsp, %rax
	ud2
