/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How core C reaches the kernel and memory that may fault. C calling convention.
 */
#include "comesg/abi.h"
#include "core/layout.h"

	.text

/* Arguments from where C puts them to where the kernel wants them. */
.macro load_system_call
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %r10
	movq	%r9, %r8
	movq	8(%rsp), %r9
.endm

/* long core_kernel(long number, a, b, c, d, e, f): a raw system call; the result is as the kernel gives it. */
	.globl	core_kernel
	.hidden	core_kernel
core_kernel:
	load_system_call
	syscall
	ret

/* long core_kernel_wait_for_program: as core_kernel_wait, for the system call that the program of r15 makes: -EINTR also if
 * that is a cancellation point and the thread has been cancelled, however short before. */
	.globl	core_kernel_wait_for_program
	.hidden	core_kernel_wait_for_program
core_kernel_wait_for_program:
	movl	TB_INCARNATION(%r15), %eax
	cmpl	%eax, TB_CANCELLED(%r15)
	jne	core_kernel_wait
	testl	$COMESG_CANCELLATION_POINT, TB_ARGUMENTS(%r15)
	jnz	core_kernel_interrupted
/* long core_kernel_wait: as core_kernel, for system calls that may wait. A signal handler of the core that interrupts it, from
 * the label above on, before its system call continues at core_kernel_interrupted. */
	.globl	core_kernel_wait
	.hidden	core_kernel_wait
core_kernel_wait:
	load_system_call
	.globl	core_kernel_wait_call
	.hidden	core_kernel_wait_call
core_kernel_wait_call:
	syscall
	ret
	.globl	core_kernel_interrupted
	.hidden	core_kernel_interrupted
core_kernel_interrupted:
	movq	$-4, %rax	/* EINTR */
	ret

/* uint64_t core_copy(void *to, const void *from, uint64_t length): 0, or the address that faulted. The two do not overlap.
 * Changes vector registers: every way into verified code clears them. */
	.globl	core_copy
	.hidden	core_copy
core_copy:
	xorl	%eax, %eax
	cmpq	$16, %rdx
	ja	2f
	cmpq	$8, %rdx
	jb	3f
1:	movq	0(%rsi), %rcx
	movq	-8(%rsi,%rdx), %rsi
	movq	%rcx, (%rdi)
	movq	%rsi, -8(%rdi,%rdx)
	ret
2:	cmpq	$64, %rdx
	ja	4f
/* 17 to 64 bytes: 16 at either end, or 32. */
	movq	0(%rsi), %xmm0
	movhps	8(%rsi), %xmm0
	movq	-16(%rsi,%rdx), %xmm1
	movhps	-8(%rsi,%rdx), %xmm1
	cmpq	$32, %rdx
	jbe	21f
	movq	16(%rsi), %xmm2
	movhps	24(%rsi), %xmm2
	movq	-32(%rsi,%rdx), %xmm3
	movhps	-24(%rsi,%rdx), %xmm3
	movdqu	%xmm2, 16(%rdi)
	movdqu	%xmm3, -32(%rdi,%rdx)
21:	movdqu	%xmm0, 0(%rdi)
	movdqu	%xmm1, -16(%rdi,%rdx)
	ret
3:	cmpq	$4, %rdx
	jb	31f
	movl	0(%rsi), %ecx
	movl	-4(%rsi,%rdx), %esi
	movl	%ecx, 0(%rdi)
	movl	%esi, -4(%rdi,%rdx)
	ret
31:	testq	%rdx, %rdx
	jz	5f
	movzbl	(%rsi), %ecx
	movb	%cl, (%rdi)
	incq	%rsi
	incq	%rdi
	decq	%rdx
	jmp	31b
4:	movq	%rdx, %rcx
	rep movsb
5:	ret
	.pushsection core_fixup_table, "aw"
	.quad	1b, 5b, 5b
	.popsection

/* long core_clone(flags, stack, parent_tid, child_tid, function, argument): makes a process or a thread: its id, or a negative
 * errno. It calls function(argument) on its stack, which must not return. */
	.globl	core_clone
	.hidden	core_clone
core_clone:
	movq	%rcx, %r10
	movl	$56, %eax
	syscall
	testq	%rax, %rax
	jz	1f
	ret
1:	xorl	%ebp, %ebp
	movq	%r9, %rdi
	call	*%r8
	ud2

/* core_signal_return: the restorer of every handler of the core. */
	.globl	core_signal_return
	.hidden	core_signal_return
core_signal_return:
	movl	$15, %eax
	syscall
	ud2

/* _Noreturn void core_continue(const ucontext_t *): takes on the context of a signal frame. */
	.globl	core_continue
	.hidden	core_continue
core_continue:
	movq	%rdi, %rsp
	jmp	core_signal_return

	.section .note.GNU-stack, "", @progbits
