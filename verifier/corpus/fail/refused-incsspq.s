# rule: instruction
	incsspq %rax
	ud2
