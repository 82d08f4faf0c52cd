# rule: stack-pointer
	cmpxchgq %rcx, %rsp
	ud2
