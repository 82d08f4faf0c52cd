	endbr64
	endbr64
	nop
	endbr64
	ud2
