# rule: instruction
	ldtilecfg (%r14,%r11)
	ud2
