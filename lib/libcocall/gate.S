/* SPDX-License-Identifier: BSD-2-Clause
 *
 * cocall, straight from its caller to the gate: rdi target, rsi out, rdx outlen, rcx in, r8 inlen are where the gate wants
 * them. The gate clears what a C function must keep.
 */
#include <comesg/abi.h>

	.text
	.globl	cocall
	.type	cocall, @function
cocall:
	endbr64
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	call	*COMESG_GATE_COCALL(%r15)
	popq	%r12
	popq	%rbp
	popq	%rbx
	testq	%rax, %rax
	js	1f
	ret
1:	movq	%rax, %rdi
	jmp	comesg_cocall_failed
	.size	cocall, . - cocall

	.section .note.GNU-stack, "", @progbits
