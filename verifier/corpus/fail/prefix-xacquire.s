# rule: prefix
	xacquire lock addq $1, (%r14,%r11)
	ud2
