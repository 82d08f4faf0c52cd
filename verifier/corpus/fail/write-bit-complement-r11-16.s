# rule: upper-half
	btcw $3, %r11w
	ud2
