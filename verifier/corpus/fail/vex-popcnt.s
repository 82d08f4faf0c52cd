# rule: encoding
# Only Xeon Phi coprocessors knew popcnt, tzcnt and lzcnt with VEX; decoders still do.
	.byte 0xc5, 0x7a, 0xb8, 0xdb
	ud2
