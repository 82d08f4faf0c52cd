# rule: upper-half
	cmovnew %ax, %r13w
	ud2
