# rule: bit-offset
	lock btcq %rax, (%r14,%r11)
	ud2
