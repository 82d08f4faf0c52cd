# rule: stack-pointer
	btsq $3, %rsp
	ud2
