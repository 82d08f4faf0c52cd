# rule: instruction
	invd
	ud2
