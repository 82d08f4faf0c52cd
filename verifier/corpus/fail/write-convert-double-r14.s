# rule: region-base
	cvttsd2siq %xmm0, %r14
	ud2
