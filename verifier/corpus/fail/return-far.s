# rule: return
	.byte 0xcb
	ud2
