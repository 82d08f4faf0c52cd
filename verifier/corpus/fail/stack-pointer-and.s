# rule: stack-pointer
	andq $-16, %rsp
	ud2
