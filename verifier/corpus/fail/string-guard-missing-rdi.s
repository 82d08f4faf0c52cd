# rule: string-unit
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	rep movsb
	ud2
