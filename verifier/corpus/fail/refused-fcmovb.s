# rule: instruction
	fcmovb %st(1), %st
	ud2
