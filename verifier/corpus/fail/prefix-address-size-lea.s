# rule: prefix
	leal (%eax,%ecx), %edx
	ud2
