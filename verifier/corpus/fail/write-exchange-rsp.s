# rule: stack-pointer
	xchgq %rsp, %rcx
	ud2
