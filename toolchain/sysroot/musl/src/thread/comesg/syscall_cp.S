/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A system call that is a cancellation point. The cancellation handler compares the interrupted address with the labels.
 */
#include <comesg/abi.h>

	.text
/* Caller: __syscall_cp_c. rdi: address of the cancel word, rsi: number, rdx, rcx, r8, r9 and two stack words: arguments.
 * Returns rax, or goes to __cancel with the caller's frame. */
	.global __syscall_cp_asm
	.hidden __syscall_cp_asm
	.type __syscall_cp_asm,@function
	.global __cp_begin
	.hidden __cp_begin
	.global __cp_end
	.hidden __cp_end
	.global __cp_cancel
	.hidden __cp_cancel
	.hidden __cancel
__syscall_cp_asm:
	endbr64
__cp_begin:
	cmpl $0,(%rdi)
	jne __cp_cancel
	movq %rsi,%rax
	movq %rdx,%rdi
	movq %rcx,%rsi
	movq %r8,%rdx
	movq %r9,%r10
	movq 8(%rsp),%r8
	movq 16(%rsp),%r9
	call *COMESG_GATE_SYSCALL(%r15)
__cp_end:
	ret
__cp_cancel:
	jmp __cancel
	.size __syscall_cp_asm,.-__syscall_cp_asm

	.section .note.GNU-stack,"",@progbits
