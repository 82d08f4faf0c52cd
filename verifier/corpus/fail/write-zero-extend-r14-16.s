# rule: region-base
	movzbw %al, %r14w
	ud2
