# rule: prefix
	rep; leaq (%rax), %rcx
	ud2
