# rule: region-base
	xaddq %r14, %rcx
	ud2
