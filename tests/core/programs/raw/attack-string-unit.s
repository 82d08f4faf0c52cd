# SPDX-License-Identifier: BSD-2-Clause
#
# A string instruction without its guard.
.macro attack
	movq	%rbx, %rsi
	lodsq
.endm
	.include "tests/core/programs/raw/attack.inc"
