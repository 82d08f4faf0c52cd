# SPDX-License-Identifier: BSD-2-Clause
#
# A guard with an upper half.
.macro attack
	movabsq	$PLACE - STRIDE, %r11
	movq	(%r14,%r11), %rax
.endm
	.include "tests/core/programs/raw/attack.inc"
