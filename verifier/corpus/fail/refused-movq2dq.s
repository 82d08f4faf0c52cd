# rule: instruction
	movq2dq %mm0, %xmm0
	ud2
