	.byte 0x90
	.byte 0x66, 0x90
	.byte 0x0f, 0x1f, 0x00
	.byte 0x0f, 0x1f, 0x40, 0
	.byte 0x0f, 0x1f, 0x44, 0, 0
	.byte 0x66, 0x0f, 0x1f, 0x44, 0, 0
	.byte 0x0f, 0x1f, 0x80, 0, 0, 0, 0
	.byte 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0
	.byte 0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0
	.byte 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0
	.p2align 6
	.fill 1, 1, 0xc3
	.p2align 6
	.fill 2, 1, 0xc3
	.p2align 6
	.fill 3, 1, 0xc3
	.p2align 6
	.fill 4, 1, 0xc3
	.p2align 6
	.fill 5, 1, 0xc3
	.p2align 6
	.fill 6, 1, 0xc3
	.p2align 6
	.fill 7, 1, 0xc3
	.p2align 6
	.fill 8, 1, 0xc3
	.p2align 6
	.fill 9, 1, 0xc3
	.p2align 6
	.fill 10, 1, 0xc3
	.p2align 6
	.fill 11, 1, 0xc3
	.p2align 6
	.fill 12, 1, 0xc3
	.p2align 6
	.fill 13, 1, 0xc3
	.p2align 6
	.fill 14, 1, 0xc3
	.p2align 6
	.fill 15, 1, 0xc3
	.p2align 6
	.fill 16, 1, 0xc3
	.p2align 6
	.fill 17, 1, 0xc3
	.p2align 6
	.fill 18, 1, 0xc3
	.p2align 6
	.fill 19, 1, 0xc3
	.p2align 6
	.fill 20, 1, 0xc3
	.p2align 6
	.fill 21, 1, 0xc3
	.p2align 6
	.fill 22, 1, 0xc3
	.p2align 6
	.fill 23, 1, 0xc3
	.p2align 6
	.fill 24, 1, 0xc3
	.p2align 6
	.fill 25, 1, 0xc3
	.p2align 6
	.fill 26, 1, 0xc3
	.p2align 6
	.fill 27, 1, 0xc3
	.p2align 6
	.fill 28, 1, 0xc3
	.p2align 6
	.fill 29, 1, 0xc3
	.p2align 6
	.fill 30, 1, 0xc3
	.p2align 6
	.fill 31, 1, 0xc3
	.p2align 6
	.fill 32, 1, 0xc3
	.p2align 6
	.fill 33, 1, 0xc3
	.p2align 6
	.fill 34, 1, 0xc3
	.p2align 6
	.fill 35, 1, 0xc3
	.p2align 6
	.fill 36, 1, 0xc3
	.p2align 6
	.fill 37, 1, 0xc3
	.p2align 6
	.fill 38, 1, 0xc3
	.p2align 6
	.fill 39, 1, 0xc3
	.p2align 6
	.fill 40, 1, 0xc3
	.p2align 6
	.fill 41, 1, 0xc3
	.p2align 6
	.fill 42, 1, 0xc3
	.p2align 6
	.fill 43, 1, 0xc3
	.p2align 6
	.fill 44, 1, 0xc3
	.p2align 6
	.fill 45, 1, 0xc3
	.p2align 6
	.fill 46, 1, 0xc3
	.p2align 6
	.fill 47, 1, 0xc3
	.p2align 6
	.fill 48, 1, 0xc3
	.p2align 6
	.fill 49, 1, 0xc3
	.p2align 6
	.fill 50, 1, 0xc3
	.p2align 6
	.fill 51, 1, 0xc3
	.p2align 6
	.fill 52, 1, 0xc3
	.p2align 6
	.fill 53, 1, 0xc3
	.p2align 6
	.fill 54, 1, 0xc3
	.p2align 6
	.fill 55, 1, 0xc3
	.p2align 6
	.fill 56, 1, 0xc3
	.p2align 6
	.fill 57, 1, 0xc3
	.p2align 6
	.fill 58, 1, 0xc3
	.p2align 6
	.fill 59, 1, 0xc3
	.p2align 6
	.fill 60, 1, 0xc3
	.p2align 6
	.fill 61, 1, 0xc3
	.p2align 6
	.fill 62, 1, 0xc3
	.p2align 6
	.fill 63, 1, 0xc3
	.p2align 6
	ud2
