# rule: fall-through
1:
	jne 1b
