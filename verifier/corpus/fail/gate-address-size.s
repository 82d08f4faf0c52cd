# rule: branch-form
	call *0x8(%r15d)
	ud2
