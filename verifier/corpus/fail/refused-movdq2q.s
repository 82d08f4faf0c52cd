# rule: instruction
	movdq2q %xmm0, %mm0
	ud2
