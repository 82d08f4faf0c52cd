# rule: prefix
# CPUs by AMD read four bytes, those by Intel two.
	.byte 0x66, 0x63, 0xc1
	ud2
