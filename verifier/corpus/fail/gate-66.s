# rule: gate
# Some processors would take a 16-bit target.
	.byte 0x66, 0x41, 0xff, 0x57, 0x08
	ud2
