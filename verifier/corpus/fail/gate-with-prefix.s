# rule: gate
	notrack call *0x8(%r15)
	ud2
