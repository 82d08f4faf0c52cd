# SPDX-License-Identifier: BSD-2-Clause
#
# A load without a guard.
.macro attack
	movq	(%rbx), %rax
.endm
	.include "tests/core/programs/raw/attack.inc"
