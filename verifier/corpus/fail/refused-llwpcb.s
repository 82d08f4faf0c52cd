# rule: encoding
	llwpcb %rax
	ud2
