# rule: instruction
	cpuid
	ud2
