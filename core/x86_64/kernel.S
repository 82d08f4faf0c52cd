/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How core C reaches the kernel and memory that may fault. C calling convention.
 */
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

/* long core_kernel_wait: the same, for system calls that may wait. A signal handler of the core that interrupts it before its
 * system call continues at core_kernel_interrupted. */
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

/* long core_clone_thread(flags, stack, tid, tid_word, block): makes a kernel thread, which begins in core_thread_start on
 * that stack, with r15 the block. */
	.globl	core_clone_thread
	.hidden	core_clone_thread
core_clone_thread:
	movl	$56, %eax
	movq	%rcx, %r10
	movq	%r8, %r9
	xorl	%r8d, %r8d
	syscall
	testq	%rax, %rax
	jz	1f
	ret
1:	movq	%r9, %r15
	movq	%r9, %rdi
	call	core_thread_start
	ud2

/* uint64_t core_copy(void *to, const void *from, uint64_t length): 0, or the address that faulted. */
	.globl	core_copy
	.hidden	core_copy
core_copy:
	xorl	%eax, %eax
	movq	%rdx, %rcx
1:	rep movsb
2:	ret
	.pushsection core_fixup_table, "aw"
	.quad	1b, 2b, 2b
	.popsection

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
