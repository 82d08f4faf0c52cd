# rule: stack-pointer
	xchgq %rsp, %rax
	ud2
