# SPDX-License-Identifier: BSD-2-Clause
#
# A landing pad hidden in a constant, with a load behind it.
.macro attack
	leaq	hidden+2(%rip), %rdx
	movl	%edx, %edx
	movl	$0x05e1f00d, %r11d
	addl	(%r14,%rdx), %r11d
	jne	trap
	addq	%r14, %rdx
	call	*%rdx
	jmp	2f
hidden:	movabsq	$0xc3038b48fa1e0ff3, %rdx	# endbr64; movq (%rbx), %rax; ret
2:
.endm
	.include "tests/core/programs/raw/attack.inc"
