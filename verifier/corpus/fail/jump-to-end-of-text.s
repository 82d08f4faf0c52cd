# rule: branch-target
# The byte behind the last instruction is not an instruction start.
	jmp 1f
	ud2
1:
