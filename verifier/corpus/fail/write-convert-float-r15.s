# rule: thread-block
	cvtss2siq %xmm0, %r15
	ud2
