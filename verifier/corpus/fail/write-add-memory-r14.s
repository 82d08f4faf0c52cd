# rule: region-base
	addq (%r14,%r11), %r14
	ud2
