# SPDX-License-Identifier: BSD-2-Clause
#
# Another region base.
.macro attack
	movq	%r14, %rbp
	movq	%rbx, %r14
	xorl	%r11d, %r11d
	movq	(%r14,%r11), %rax
	movq	%rbp, %r14
.endm
	.include "tests/core/programs/raw/attack.inc"
