# rule: stack-pointer
	vcvtsd2siq %xmm0, %rsp
	ud2
