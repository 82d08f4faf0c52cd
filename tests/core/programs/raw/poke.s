# SPDX-License-Identifier: BSD-2-Clause
#
# After a byte of input, changes a byte of the victim in the region before with a store that the verifier refuses.
	.include "tests/core/programs/raw/gates.inc"
	.text
	.globl	_start
_start:
	endbr64
	leaq	ready(%rip), %rsi
	movl	$8, %edx
	movl	$1, %edi
	system_call 1			# write
	leaq	byte(%rip), %rsi
	xorl	%edi, %edi
	movl	$1, %edx
	system_call 0			# read
	movabsq	$PLACE - STRIDE, %rbx
	addq	%r14, %rbx
	notb	(%rbx)
	leaq	done(%rip), %rsi
	movl	$7, %edx
	movl	$1, %edi
	system_call 1
1:	leaq	long(%rip), %rdi
	xorl	%esi, %esi
	system_call 35			# nanosleep
	jmp	1b

	.section .rodata
ready:	.ascii	"# ready\n"
done:	.ascii	"# done\n"
	.data
	.balign	8
long:	.quad	1000, 0
byte:	.zero	1
