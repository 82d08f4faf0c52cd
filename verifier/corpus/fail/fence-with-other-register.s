# rule: instruction
# CPUs ignore the register of a fence; not every decoder does.
	.byte 0x0f, 0xae, 0xf1
	ud2
