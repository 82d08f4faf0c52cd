# rule: stack-pointer
	movq %rax, 8(%rsp)
	ud2
