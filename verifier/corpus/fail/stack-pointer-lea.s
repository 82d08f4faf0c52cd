# rule: stack-pointer
	leaq 8(%rsp), %rax
	ud2
