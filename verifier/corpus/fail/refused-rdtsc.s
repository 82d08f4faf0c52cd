# rule: instruction
	rdtsc
	ud2
