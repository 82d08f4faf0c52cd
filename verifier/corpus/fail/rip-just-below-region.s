# rule: rip-range
# The text starts at 0x11000, the instruction has 6 bytes: this is offset -1.
	movb -0x11007(%rip), %al
	ud2
