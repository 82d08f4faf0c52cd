# rule: bit-offset
	btsl %eax, (%r14,%r11)
	ud2
