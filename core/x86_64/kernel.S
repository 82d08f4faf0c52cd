/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How core C reaches the kernel and memory that may fault. C calling convention.
 */
	.text

/* long core_kernel(long number, a, b, c, d, e, f): a raw system call; the result is as the kernel gives it. */
	.globl	core_kernel
	.hidden	core_kernel
core_kernel:
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %r10
	movq	%r9, %r8
	movq	8(%rsp), %r9
	syscall
	ret

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
