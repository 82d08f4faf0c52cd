# The first guard is no part of the unit, and harmless.
	movl %edi, %edi
	leaq (%r14,%rdi), %rdi
	movl %esi, %esi
	leaq (%r14,%rsi), %rsi
	lodsb
	ud2
