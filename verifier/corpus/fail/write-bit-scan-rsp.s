# rule: stack-pointer
	bsfq %rax, %rsp
	ud2
