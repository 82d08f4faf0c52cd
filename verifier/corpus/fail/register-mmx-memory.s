# rule: register-class
	pshufb (%r14,%r11), %mm0
	ud2
