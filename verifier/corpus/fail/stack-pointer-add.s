# rule: stack-pointer
	addq $0x7fffffff, %rsp
	ud2
