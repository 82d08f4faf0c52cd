# rule: region-base
	movabs $0x123456789abcdef0, %r14
	ud2
