/* SPDX-License-Identifier: BSD-2-Clause
 *
 * comesg_cocall_gate: the cocall gate as a C function. It returns bytes received or -errno, and saves what the gate clears.
 * rdi target, rsi out, rdx outlen, rcx in, r8 inlen: as the gate wants them.
 */
#include <comesg/abi.h>

	.text
	.globl	comesg_cocall_gate
	.hidden	comesg_cocall_gate
	.type	comesg_cocall_gate, @function
comesg_cocall_gate:
	endbr64
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	call	*COMESG_GATE_COCALL(%r15)
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
	.size	comesg_cocall_gate, . - comesg_cocall_gate

	.section .note.GNU-stack, "", @progbits
