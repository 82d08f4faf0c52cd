# rule: fall-through
	nop
