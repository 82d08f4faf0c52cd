# rule: upper-half
	vpextrq $1, %xmm0, %r13
	ud2
