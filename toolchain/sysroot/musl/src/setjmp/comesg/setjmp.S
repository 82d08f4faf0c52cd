/* SPDX-License-Identifier: BSD-2-Clause
 *
 * setjmp, sigsetjmp and longjmp.  The return address and the depth of the control stack come from the core and are
 * checked by it again, so a damaged buffer ends the program at worst.
 *
 * A buffer: rbx, rbp, r12, depth, return address, r13; then, after eight words, the flag "the signal mask is saved" and
 * the mask.
 */
#include <comesg/abi.h>

#define BUFFER_RBX 0
#define BUFFER_RBP 8
#define BUFFER_R12 16
#define BUFFER_DEPTH 24
#define BUFFER_RETURN 32
#define BUFFER_R13 40
#define BUFFER_MASK_SAVED 64
#define BUFFER_MASK 72

#define SYS_RT_SIGPROCMASK 14
#define SIG_SETMASK 2
#define MASK_SIZE 8

	.text

/* Caller: C code. rdi: buffer. rbp and r12 pass through, everything else may be clobbered. Nothing is on the data stack,
 * so r13 is what the caller has after the return. */
	.global setjmp
	.global _setjmp
	.global __setjmp
	.type setjmp,@function
	.type _setjmp,@function
	.type __setjmp,@function
setjmp:
_setjmp:
__setjmp:
	endbr64
	xorl %esi,%esi
	jmp save_context
	.size setjmp,.-setjmp

/* Caller: C code. rdi: buffer, esi: whether to save the signal mask. */
	.global sigsetjmp
	.global __sigsetjmp
	.type sigsetjmp,@function
	.type __sigsetjmp,@function
sigsetjmp:
__sigsetjmp:
	endbr64
	jmp save_context
	.size sigsetjmp,.-sigsetjmp

/* From setjmp and sigsetjmp, by jump. rdi: buffer, esi: whether to save the signal mask. Returns 0 to their caller. */
	.type save_context,@function
save_context:
	movq %rbx,BUFFER_RBX(%rdi)
	movq %rbp,BUFFER_RBP(%rdi)
	movq %r12,BUFFER_R12(%rdi)
	movq %r13,BUFFER_R13(%rdi)
	movslq %esi,%rsi
	movq %rsi,BUFFER_MASK_SAVED(%rdi)
	movq %rdi,%rbx
	call *COMESG_GATE_SETJMP(%r15)
	movq %rax,BUFFER_DEPTH(%rbx)
	movq %rdx,BUFFER_RETURN(%rbx)
	cmpq $0,BUFFER_MASK_SAVED(%rbx)
	je 1f
	leaq BUFFER_MASK(%rbx),%rdx
	xorl %esi,%esi
	movl $SIG_SETMASK,%edi
	movl $MASK_SIZE,%r10d
	movl $SYS_RT_SIGPROCMASK,%eax
	call *COMESG_GATE_SYSCALL(%r15)
1:	movq BUFFER_RBX(%rbx),%rbx
	xorl %eax,%eax
	ret
	.size save_context,.-save_context

/* Caller: C code. rdi: buffer, esi: value that setjmp returns, 1 if it is 0. Does not return. */
	.global longjmp
	.global _longjmp
	.type longjmp,@function
	.type _longjmp,@function
longjmp:
_longjmp:
	endbr64
	movl $1,%edx
	testl %esi,%esi
	cmovnel %esi,%edx
	movq BUFFER_RBX(%rdi),%rbx
	movq BUFFER_RBP(%rdi),%rbp
	movq BUFFER_R12(%rdi),%r12
	movq BUFFER_RETURN(%rdi),%rsi
	movl BUFFER_R13(%rdi),%eax
	movq BUFFER_DEPTH(%rdi),%rdi
	movl %eax,%r13d
	jmp *COMESG_GATE_LONGJMP(%r15)
	.size longjmp,.-longjmp

	.section .note.GNU-stack,"",@progbits
