# SPDX-License-Identifier: BSD-2-Clause
#
# A jump into an instruction that hides a load.
.macro attack
	call	hidden+2
	jmp	2f
hidden:	movabsq	$0x90909090c3038b48, %rdx	# movq (%rbx), %rax; ret
2:
.endm
	.include "tests/core/programs/raw/attack.inc"
