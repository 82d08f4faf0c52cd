# SPDX-License-Identifier: BSD-2-Clause
#
# Another stack, that returns into the victim.
.macro attack
	leaq	2f(%rip), %rdx
	movq	%rcx, fake(%rip)
	movq	%rdx, fake+8(%rip)
	movq	%rsp, %rbp
	leaq	fake(%rip), %rsp
	ret
2:	movq	%rbp, %rsp
.endm
	.include "tests/core/programs/raw/attack.inc"
