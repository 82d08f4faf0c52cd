# SPDX-License-Identifier: BSD-2-Clause
#
# The address of core memory.
.macro attack
	movq	%r15, %rax
.endm
	.include "tests/core/programs/raw/attack.inc"
