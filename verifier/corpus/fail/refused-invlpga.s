# rule: instruction
	invlpga
	ud2
