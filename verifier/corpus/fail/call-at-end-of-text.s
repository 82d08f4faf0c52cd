# rule: fall-through
# The return address would lie behind the text.
1:
	ud2
	call 1b
