# rule: instruction
	rstorssp (%r14,%r11)
	ud2
