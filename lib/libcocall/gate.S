/* SPDX-License-Identifier: BSD-2-Clause
 *
 * cocall, straight from its caller to the gate: rdi target, rsi out, rdx outlen, rcx in, r8 inlen are where the gate wants
 * them, and so is r9, the options of comesg_call_with. The gate clears what a C function must keep.
 */
#include <comesg/abi.h>

#define CALL_GATE(gate)                                                                                                \
	endbr64;                                                                                                       \
	pushq	%rbx;                                                                                                  \
	pushq	%rbp;                                                                                                  \
	pushq	%r12;                                                                                                  \
	call	*gate(%r15);                                                                                           \
	popq	%r12;                                                                                                  \
	popq	%rbp;                                                                                                  \
	popq	%rbx;                                                                                                  \
	testq	%rax, %rax;                                                                                            \
	js	1f;                                                                                                    \
	ret;                                                                                                           \
1:	movq	%rax, %rdi;                                                                                            \
	jmp	comesg_call_failed

	.text
	.globl	cocall
	.type	cocall, @function
cocall:
	CALL_GATE(COMESG_GATE_COCALL)
	.size	cocall, . - cocall

	.globl	comesg_call_with
	.hidden	comesg_call_with
	.type	comesg_call_with, @function
comesg_call_with:
	CALL_GATE(COMESG_GATE_COCALL_WITH)
	.size	comesg_call_with, . - comesg_call_with

	.section .note.GNU-stack, "", @progbits
