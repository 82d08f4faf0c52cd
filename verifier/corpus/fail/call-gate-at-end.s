# rule: fall-through
	call *0x8(%r15)
