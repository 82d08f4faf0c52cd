# rule: prefix
	.byte 0x66; clc
	ud2
