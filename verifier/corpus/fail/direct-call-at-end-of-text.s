# rule: fall-through
1:
	call 1b
