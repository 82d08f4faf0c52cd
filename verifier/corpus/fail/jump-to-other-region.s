# rule: branch-target
	.byte 0xe9
	.long 0x7fffffff
	ud2
