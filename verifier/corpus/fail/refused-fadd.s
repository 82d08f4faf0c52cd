# rule: instruction
	fadd %st(1), %st
	ud2
