# rule: stack-pointer
	movq (%rsp), %rax
	ud2
