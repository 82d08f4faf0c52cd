# SPDX-License-Identifier: BSD-2-Clause
#
# A call without the check of the landing pad.
.macro attack
	call	*%rcx
.endm
	.include "tests/core/programs/raw/attack.inc"
