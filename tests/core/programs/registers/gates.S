/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Gates with every register and flag full of a secret on one side and looked at on the other. Written in the form that
 * the verifier wants, so it goes round the rewriter. With AVX defined the vector registers are 32 bytes wide.
 *
 * spy_seen afterwards: rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12, the flags o c z s p as bytes, 16 vector registers
 * of 32 bytes.
 */
	.set	SECRET, 0x5ec4e75ec4e75ec4

	.bss
	.balign	64
	.globl	spy_seen
spy_seen:
	.zero	12 * 8 + 32 + 16 * 32
saved:	.zero	24
	.data
	.balign	64
secret:	.fill	4, 8, SECRET

	.text

.macro save
	movq	%rbx, saved(%rip)
	movq	%rbp, saved+8(%rip)
	movq	%r12, saved+16(%rip)
.endm

.macro restore
	movq	saved(%rip), %rbx
	movq	saved+8(%rip), %rbp
	movq	saved+16(%rip), %r12
.endm

.macro fill_vectors
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
#ifdef AVX
	vmovdqu	secret(%rip), %ymm\n
#else
	movdqu	secret(%rip), %xmm\n
#endif
	.endr
.endm

.macro fill registers:vararg
	fill_vectors
	.irp r, \registers
	movabsq	$SECRET, %\r
	.endr
	movl	$0xc4e75ec4, %r11d
.endm

/* SF, OF, AF and CF set, ZF and PF clear. Clobbers al. */
.macro fill_flags
	movb	$0x7f, %al
	addb	$0x7f, %al
	stc
.endm

.macro look
	seto	spy_seen+96(%rip)
	setc	spy_seen+97(%rip)
	setz	spy_seen+98(%rip)
	sets	spy_seen+99(%rip)
	setp	spy_seen+100(%rip)
	.set	at, 0
	.irp r, rax,rbx,rcx,rdx,rsi,rdi,rbp,r8,r9,r10,r11,r12
	movq	%\r, spy_seen+at(%rip)
	.set	at, at + 8
	.endr
	.set	at, 128
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
#ifdef AVX
	vmovdqu	%ymm\n, spy_seen+at(%rip)
#else
	movdqu	%xmm\n, spy_seen+at(%rip)
#endif
	.set	at, at + 32
	.endr
.endm

/* long spy_cocall(target, out, outlen, in, inlen) */
	.globl	spy_cocall
spy_cocall:
	save
	fill	rax, rbx, rbp, r9, r10, r12
	fill_flags
	call	*0x08(%r15)
	look
	restore
	ret

/* long spy_coaccept(unused, out, outlen, in, inlen) */
	.globl	spy_coaccept
spy_coaccept:
	save
	fill	rax, rbx, rdi, rbp, r10, r12
	leaq	1f(%rip), %r9
	fill_flags
	jmp	*0x10(%r15)
1:	endbr64
	look
	restore
	ret

/* long spy_system_call(number): one without arguments */
	.globl	spy_system_call
spy_system_call:
	save
	movabsq	$SECRET, %rax
	fill	rbx, rcx, rdx, rsi, rbp, r8, r9, r10, r12
	fill_flags
	movq	%rdi, %rax
	movabsq	$SECRET, %rdi
	call	*0x00(%r15)
	look
	restore
	ret

/* long spy_wait(const uint32_t *word, const struct timespec *time): as long as the word is 0 */
	.globl	spy_wait
spy_wait:
	save
	movq	%rsi, %r10
	fill	rcx, rbx, rbp, r8, r9, r12
	fill_flags
	movl	$202, %eax	/* futex */
	movl	$0, %esi	/* FUTEX_WAIT */
	movl	$0, %edx
	call	*0x00(%r15)
	look
	restore
	ret

/* long spy_cocall_with(target, out, outlen, in, inlen, options) */
	.globl	spy_cocall_with
spy_cocall_with:
	save
	fill	rax, rbx, rbp, r10, r12
	fill_flags
	call	*0x28(%r15)
	look
	restore
	ret

/* long spy_coaccept_with(options, out, outlen, in, inlen) */
	.globl	spy_coaccept_with
spy_coaccept_with:
	save
	movq	%rdi, %r10
	fill	rax, rbx, rdi, rbp, r12
	leaq	1f(%rip), %r9
	fill_flags
	jmp	*0x30(%r15)
1:	endbr64
	look
	restore
	ret

.macro full
	fill	rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r12
	fill_flags
.endm

/* void spy_crash_*(void) */
	.globl	spy_crash_invalid, spy_crash_load, spy_crash_divide, spy_crash_jump, spy_crash_spin
spy_crash_invalid:
	full
	ud2
spy_crash_load:
	full
	movl	$8, %r11d
	movq	(%r14,%r11), %rax
	ud2
spy_crash_divide:
	full
	xorl	%ecx, %ecx
	divl	%ecx
	ud2
spy_crash_jump:
	full
	jmp	*0x20(%r15)
spy_crash_spin:
	full
1:	jmp	1b

	.section .note.GNU-stack, "", @progbits
