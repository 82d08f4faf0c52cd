1:
	jmp 1b
	call 1b
	jne 1b
	.byte 0x0f, 0x85; .long 1b - . - 4
	.byte 0xe9; .long 1b - . - 4
	jo 1b
	jno 1b
	jb 1b
	jae 1b
	je 1b
	jbe 1b
	ja 1b
	js 1b
	jns 1b
	jp 1b
	jnp 1b
	jl 1b
	jge 1b
	jle 1b
	jg 1b
	ret
	hlt
	ud2
