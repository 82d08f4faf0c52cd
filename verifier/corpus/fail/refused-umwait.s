# rule: instruction
	umwait %eax
	ud2
