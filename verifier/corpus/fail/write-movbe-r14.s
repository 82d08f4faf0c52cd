# rule: region-base
	movbeq (%r14,%r11), %r14
	ud2
