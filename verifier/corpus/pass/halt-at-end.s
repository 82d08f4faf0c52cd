	hlt
