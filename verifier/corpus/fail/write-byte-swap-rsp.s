# rule: stack-pointer
	bswapq %rsp
	ud2
