# rule: stack-pointer
	lock xaddq %rsp, (%r14,%r11)
	ud2
