# SPDX-License-Identifier: BSD-2-Clause
#
# A system call of 32-bit programs, which a filter for those of 64 bits does not see: getpid.
.macro attack
	movl	$20, %eax
	int	$0x80
.endm
	.include "tests/core/programs/raw/attack.inc"
