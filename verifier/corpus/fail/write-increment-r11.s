# rule: upper-half
	incq %r11
	ud2
