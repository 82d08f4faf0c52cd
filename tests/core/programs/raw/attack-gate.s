# SPDX-License-Identifier: BSD-2-Clause
#
# The thread pointer as a gate.
.macro attack
	movl	$0x1002, %edi		# ARCH_SET_FS
	movq	%rcx, %rsi
	system_call 158			# arch_prctl
	call	*0x40(%r15)
.endm
	.include "tests/core/programs/raw/attack.inc"
