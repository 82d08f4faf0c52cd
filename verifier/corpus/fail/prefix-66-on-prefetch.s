# rule: prefix
	.byte 0x66; prefetcht0 (%r14,%r11)
	ud2
