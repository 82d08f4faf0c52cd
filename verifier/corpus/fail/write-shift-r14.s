# rule: region-base
	shlq %r14
	ud2
