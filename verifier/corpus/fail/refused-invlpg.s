# rule: instruction
	invlpg (%r14,%r11)
	ud2
