# SPDX-License-Identifier: BSD-2-Clause
#
# A system call of the processor.
.macro attack
	movl	$1, %eax
	movl	$1, %edi
	movq	%rbx, %rsi
	movl	$8, %edx
	syscall
.endm
	.include "tests/core/programs/raw/attack.inc"
