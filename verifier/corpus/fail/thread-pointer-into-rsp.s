# rule: stack-pointer
	movq 0x40(%r15), %rsp
	ud2
