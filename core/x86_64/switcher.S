/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The switcher: every entry from verified code into the core and every exit from the core into verified code.
 *
 * Assembled twice: with SWITCHER(name) = name_avx for CPUs with AVX, name_sse for the others; only the vector
 * instructions differ.
 *
 * Conventions.  r15 is the thread block of the running context, everywhere in this file; verified code cannot write it.
 * Nothing is ever pushed on a control stack: words left below its top could become return addresses.  C runs on the gate
 * stack of the thread block.  Every way into verified code goes through one of the clear_* macros.
 */
#include "comesg/abi.h"
#include "core/layout.h"

#ifdef SWITCHER_AVX
#define SWITCHER(name) name##_avx
.macro load_vector from, to
	vmovdqu \from, \to
.endm
.macro load_words from_low, from_high, to
	vmovq	\from_low, \to
	vmovhps	\from_high, \to, \to
.endm
.macro clear_vectors
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	vpxor	%xmm\n, %xmm\n, %xmm\n
	.endr
.endm
#else
#define SWITCHER(name) name##_sse
.macro load_vector from, to
	movdqu	\from, \to
.endm
.macro load_words from_low, from_high, to
	movq	\from_low, \to
	movhps	\from_high, \to
.endm
.macro clear_vectors
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	pxor	%xmm\n, %xmm\n
	.endr
	/* The CPU may have upper halves that this variant, chosen for a test, does not otherwise know of. */
	cmpb	$0, core_cpu_has_avx(%rip)
	je	190f
	vzeroupper
190:
.endm
#endif

/* Copies r9 bytes (below 4 GiB) from rsi to rdi. Clobbers rax, rcx, rsi, rdi, flags, xmm0-3; keeps r9. A fault inside
 * continues at \fixup with the address that faulted in rax and every other register as it was.
 *
 * Short requests were mostly written a moment ago, by words: a wider load would have to wait until those stores have reached
 * the cache, so these copies load words. They store vectors, which later loads of any smaller size can be served from. Whole
 * blocks go to addresses that do not depend on the length: the callee's first loads need not wait for it, then. */
.macro copy_bytes fixup
100:
	cmpq	$16, %r9
	jb	130f
	cmpq	$32, %r9
	jbe	120f
	cmpq	$64, %r9
	jb	121f
	cmpq	$1024, %r9
	ja	150f
	movq	%r9, %rcx
110:	load_words "0(%rsi)", "8(%rsi)", "%xmm0"
	load_words "16(%rsi)", "24(%rsi)", "%xmm1"
	load_words "32(%rsi)", "40(%rsi)", "%xmm2"
	load_words "48(%rsi)", "56(%rsi)", "%xmm3"
	load_vector "%xmm0", "0(%rdi)"
	load_vector "%xmm1", "16(%rdi)"
	load_vector "%xmm2", "32(%rdi)"
	load_vector "%xmm3", "48(%rdi)"
	addq	$64, %rsi
	addq	$64, %rdi
	subq	$64, %rcx
	cmpq	$64, %rcx
	jae	110b
	testq	%rcx, %rcx
	jz	199f
	load_words "-64(%rsi,%rcx)", "-56(%rsi,%rcx)", "%xmm0"
	load_words "-48(%rsi,%rcx)", "-40(%rsi,%rcx)", "%xmm1"
	load_words "-32(%rsi,%rcx)", "-24(%rsi,%rcx)", "%xmm2"
	load_words "-16(%rsi,%rcx)", "-8(%rsi,%rcx)", "%xmm3"
	load_vector "%xmm0", "-64(%rdi,%rcx)"
	load_vector "%xmm1", "-48(%rdi,%rcx)"
	load_vector "%xmm2", "-32(%rdi,%rcx)"
	load_vector "%xmm3", "-16(%rdi,%rcx)"
	jmp	199f
120:	load_words "0(%rsi)", "8(%rsi)", "%xmm0"
	load_words "-16(%rsi,%r9)", "-8(%rsi,%r9)", "%xmm1"
	load_vector "%xmm0", "0(%rdi)"
	load_vector "%xmm1", "-16(%rdi,%r9)"
	jmp	199f
121:	load_words "0(%rsi)", "8(%rsi)", "%xmm0"
	load_words "16(%rsi)", "24(%rsi)", "%xmm1"
	load_words "-32(%rsi,%r9)", "-24(%rsi,%r9)", "%xmm2"
	load_words "-16(%rsi,%r9)", "-8(%rsi,%r9)", "%xmm3"
	load_vector "%xmm0", "0(%rdi)"
	load_vector "%xmm1", "16(%rdi)"
	load_vector "%xmm2", "-32(%rdi,%r9)"
	load_vector "%xmm3", "-16(%rdi,%r9)"
	jmp	199f
130:	cmpl	$8, %r9d
	jb	131f
	movq	(%rsi), %rax
	movq	-8(%rsi,%r9), %rcx
	movq	%rax, (%rdi)
	movq	%rcx, -8(%rdi,%r9)
	jmp	199f
131:	cmpl	$4, %r9d
	jb	132f
	movl	(%rsi), %eax
	movl	-4(%rsi,%r9), %ecx
	movl	%eax, (%rdi)
	movl	%ecx, -4(%rdi,%r9)
	jmp	199f
132:	testl	%r9d, %r9d
	jz	199f
	movzbl	(%rsi), %eax
	movb	%al, (%rdi)
	cmpl	$1, %r9d
	je	199f
	movzwl	-2(%rsi,%r9), %eax
	movw	%ax, -2(%rdi,%r9)
	jmp	199f
150:	movq	%r9, %rcx
	rep movsb
199:
	.pushsection core_fixup_table, "aw"
	.quad	100b, 199b, \fixup
	.popsection
.endm

/* \to = offset of \address in the region at r14, if it lies there at all. The gates then test that offset and length are
 * below 4 GiB and that their sum is; a range that touches the region's end goes to the slow path: nothing is mapped there. */
.macro region_offset address, to
	movq	\address, \to
	subq	%r14, \to
.endm

/* What system_call_exit gives back to the program of r15. */
.macro keep_preserved
	movq	%rbx, TB_SAVED_RBX(%r15)
	movq	%rbp, TB_SAVED_RBP(%r15)
	movq	%r12, TB_SAVED_R12(%r15)
	stmxcsr	TB_MXCSR(%r15)
.endm

/* Takes on the stacks, the region and the floating-point control of r15. */
.macro take_on_context
	movq	TB_CONTROL_SP(%r15), %rsp
	movq	TB_REGION_BASE(%r15), %r14
	movq	TB_DATA_SP(%r15), %r13
	ldmxcsr	TB_MXCSR(%r15)
.endm

/* On the gate stack of r15, with its thread block as the first argument. */
.macro call_core function
	leaq	TB_GATE_STACK_TOP(%r15), %rsp
	movq	%r15, %rdi
	call	\function
.endm

/* The arguments of a cocall or a coaccept are kept for C. */
.macro keep_arguments first, second, third, fourth, fifth
	movq	\first, TB_ARGUMENTS(%r15)
	movq	\second, TB_ARGUMENTS+8(%r15)
	movq	\third, TB_ARGUMENTS+16(%r15)
	movq	\fourth, TB_ARGUMENTS+24(%r15)
	movq	\fifth, TB_ARGUMENTS+32(%r15)
.endm

/* At an exit into the program of r15, with its result in rax: somebody may need this kernel thread. */
.macro look_around exit
	cmpl	$0, TB_FORCE_OUT(%r15)
	movl	$\exit, %edx
	jne	attention
.endm

/* Into verified code from its own gate: what a C function may clobber, but for rax and rdx, is zero. */
.macro clear_scratch_registers
	clear_vectors
	xorl	%ecx, %ecx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
.endm

/* Into verified code: everything but the registers that carry results, r13, r14, r15 and rsp is zero, the flags are those
 * of a zero result. */
.macro clear_registers_but_results
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%r12d, %r12d
	clear_scratch_registers
.endm

	.text

/* cocall_gate: from verified code, by `call`.
 *   rdi target, rsi out, rdx outlen, rcx in, r8 inlen, r13 data stack, rsp caller's control stack.
 * Everything else may be clobbered. The commit point is the cmpxchg. */
	.globl	SWITCHER(cocall_gate)
	.hidden	SWITCHER(cocall_gate)
	.balign	64
SWITCHER(cocall_gate):
	movq	%rsp, TB_CONTROL_SP(%r15)
	movq	%r13, TB_DATA_SP(%r15)
	region_offset %rsi, %rax
	region_offset %rcx, %rbx
	movq	%rax, %r9
	orq	%rdx, %r9
	orq	%rbx, %r9
	orq	%r8, %r9
	shrq	$32, %r9
	jnz	cocall_slow
	addl	%edx, %eax
	jc	cocall_slow
	addl	%r8d, %ebx
	jc	cocall_slow
	movl	%edi, %r9d
	cmpl	TB_HANDLE_LIMIT(%r15), %r9d
	jae	cocall_slow
	shlq	$HANDLE_SIZE_SHIFT, %r9
	addq	TB_HANDLES(%r15), %r9
	cmpq	%rdi, HANDLE_VALUE(%r9)
	jne	cocall_slow
	cmpl	$HANDLE_KIND_TARGET, HANDLE_KIND(%r9)
	jne	cocall_pool
	movq	HANDLE_OBJECT(%r9), %r10
	movq	TB_CLAIM(%r10), %rax
	cmpl	$CLAIM_ACCEPTING, %eax
	jne	cocall_slow
	/* After the load of the claim word: a new incarnation has another generation, so the cmpxchg then fails. */
	movl	TB_INCARNATION(%r10), %ebp
	cmpl	HANDLE_OBJECT_INCARNATION(%r9), %ebp
	jne	cocall_slow
/* cocall_claim: also from cocall_pool. rdi, rsi, rdx, rcx, r8 arguments, r9 the handle's entry, r10 callee, rax its claim
 * word, which accepts. Another thread may have closed the handle since, and the entry be another's: what lies between two
 * equal values is this one's own. */
cocall_claim:
	cmpq	%rdi, HANDLE_VALUE(%r9)
	jne	cocall_slow
	movq	TB_OWNER_WORD(%r15), %r12
	leaq	(%rax,%r12), %rbx
	movq	%rcx, TB_IN_ADDRESS(%r15)
	movq	%r8, TB_IN_LENGTH(%r15)
	lock cmpxchgq %rbx, TB_CLAIM(%r10)
	jne	cocall_slow

/* The callee in r10 is ours. */
	movq	%r15, TB_CALLER(%r10)
	movq	%r12, TB_OWNER_WORD(%r10)
	movq	TB_IN_LENGTH(%r10), %r9
	cmpq	%rdx, %r9
	cmovaq	%rdx, %r9
	movq	TB_IN_ADDRESS(%r10), %rdi
	copy_bytes cocall_fault

/* cocall_enter: also from cocall_decided. r15 caller, r10 callee, claimed and with its request, of r9 bytes. */
cocall_enter:
	movq	TB_COOKIE(%r15), %rdx
	movq	%r9, %rax
	movq	%r10, %r15
	take_on_context
	clear_registers_but_results
	jmp	*TB_PAD(%r15)

/* cocall_pool: from cocall_gate, arguments as there, r9 the entry of a handle that is to no thread. If it is to a pool, or to a
 * service, which stands for one, the worker that was free last is tried. May clobber rax, rbx, rbp, r10, r11. */
cocall_pool:
	movq	HANDLE_OBJECT(%r9), %r11
	movl	HANDLE_OBJECT_INCARNATION(%r9), %ebp
	movl	HANDLE_KIND(%r9), %eax
	cmpl	$HANDLE_KIND_POOL, %eax
	je	1f
	cmpl	$HANDLE_KIND_SERVICE, %eax
	jne	cocall_slow
	movq	HANDLE_STANDS_FOR(%r9), %rbp
	movl	%ebp, %r11d
	btrl	$MINTED_POOL_BIT, %r11d
	jae	cocall_slow
	shlq	$CORE_POOL_SHIFT, %r11
	movabsq	$SLOTS_TO_POOLS, %rax
	addq	%rax, %r11
	addq	TB_SLOTS(%r15), %r11
	shrq	$32, %rbp
1:	testl	$HANDLE_RIGHT_CALL, HANDLE_RIGHTS(%r9)
	je	cocall_slow
	/* Only what the entry said while it was this handle's is an address. */
	cmpq	%rdi, HANDLE_VALUE(%r9)
	jne	cocall_slow
	movl	POOL_HINT(%r11), %eax
	cmpl	$POOL_WORKERS_MAX, %eax
	jae	cocall_slow
	movq	POOL_WORKERS(%r11,%rax,8), %rbx
	testl	$POOL_SLOW, POOL_FLAGS(%r11)
	jne	cocall_slow
	/* After the loads of what it says: it may have ended, and its place be another pool's. */
	movq	POOL_USE(%r11), %rax
	testl	%eax, %eax
	je	cocall_slow
	shrq	$32, %rax
	cmpl	%ebp, %eax
	jne	cocall_slow
	movl	%ebx, %r10d
	testl	%r10d, %r10d
	je	cocall_slow
	shlq	$CORE_SLOT_SHIFT, %r10
	addq	TB_SLOTS(%r15), %r10
	shrq	$32, %rbx
	movq	TB_CLAIM(%r10), %rax
	cmpl	$CLAIM_ACCEPTING, %eax
	jne	cocall_slow
	cmpl	TB_INCARNATION(%r10), %ebx
	je	cocall_claim

/* cocall_slow: from cocall_gate and cocall_pool, arguments as there, nothing claimed. */
cocall_slow:
	keep_arguments %rdi, %rsi, %rdx, %rcx, %r8
	call_core core_cocall
/* cocall_decided: rax, rdx: the result of core_cocall, core_cocall_with or core_home_resume. */
cocall_decided:
	testq	%rdx, %rdx
	jz	cocall_undone
	movq	%rdx, %r10
	movq	%rax, %r9
	jmp	cocall_enter

/* cocall_undone: from cocall_decided. */
cocall_undone:
	cmpq	$CORE_MOVE_HOME, %rax
	je	SWITCHER(move_home)
	jmp	cocall_exit

/* cocall_with_gate: from verified code, by `call`. As cocall_gate, and r9 options. */
	.globl	SWITCHER(cocall_with_gate)
	.hidden	SWITCHER(cocall_with_gate)
	.balign	64
SWITCHER(cocall_with_gate):
	movq	%rsp, TB_CONTROL_SP(%r15)
	movq	%r13, TB_DATA_SP(%r15)
	keep_arguments %rdi, %rsi, %rdx, %rcx, %r8
	movq	%r9, TB_ARGUMENTS+40(%r15)
	call_core core_cocall_with
	jmp	cocall_decided

/* cocall_fault: from the fault handler while the request was copied. r15 caller, r10 callee (claimed), rax address. */
cocall_fault:
	movq	%r10, %rsi
	movq	%rax, %rdx
	call_core core_request_fault

/* cocall_exit: from the core, to return rax from the cocall of r15. Stack and other registers do not matter. */
cocall_exit:
	movq	TB_OFFERED(%r15), %rdx
	take_on_context
/* cocall_exit_check: also from coaccept_release, with the above done; rdx bytes that the callee offered. */
cocall_exit_check:
	cmpl	$0, TB_FORCE_OUT(%r15)
	jne	cocall_attention
	xorl	%edx, %edx
	clear_registers_but_results
	ret

/* cocall_attention: from cocall_exit_check. */
cocall_attention:
	movq	%rdx, TB_OFFERED(%r15)
	movl	$EXIT_COCALL, %edx
	jmp	attention

/* coaccept_gate: from verified code, by `jmp`.
 *   rsi out, rdx outlen, rcx in, r8 inlen, r9 landing pad, r13 data stack, rsp control stack.
 * Everything else may be clobbered. The commit point is the store that releases the claim. */
	.globl	SWITCHER(coaccept_gate)
	.hidden	SWITCHER(coaccept_gate)
	.balign	64
SWITCHER(coaccept_gate):
	movq	%rsp, TB_CONTROL_SP(%r15)
	movq	%r13, TB_DATA_SP(%r15)
/* coaccept_retry: also from coaccept_slow, with the arguments reloaded. */
coaccept_retry:
	cmpq	TB_CHECKED_PAD(%r15), %r9
	jne	coaccept_slow
	region_offset %rsi, %rax
	region_offset %rcx, %rbx
	movq	%rax, %r10
	orq	%rdx, %r10
	orq	%rbx, %r10
	orq	%r8, %r10
	shrq	$32, %r10
	jnz	coaccept_slow
	addl	%edx, %eax
	jc	coaccept_slow
	addl	%r8d, %ebx
	jc	coaccept_slow
	movq	TB_CLAIM(%r15), %rbx
	cmpb	$CLAIM_LENT, %bl
	jne	coaccept_slow
	movq	%r9, TB_PAD(%r15)
	movq	%rcx, %r12
	movq	TB_CALLER(%r15), %r10
	movq	TB_IN_LENGTH(%r10), %r9
	cmpq	%rdx, %r9
	cmovaq	%rdx, %r9
	movq	TB_IN_ADDRESS(%r10), %rdi
	copy_bytes coaccept_fault

/* coaccept_release: r15 callee, r10 caller, rbx claim word, r12 in, r8 inlen, r9 result for the caller; pad, control_sp and
 * data_sp are in the thread block. Leaves the callee's stack, then releases its claim. */
coaccept_release:
	movq	%r12, TB_IN_ADDRESS(%r15)
	movq	%r8, TB_IN_LENGTH(%r15)
	shrq	$32, %rbx
	incl	%ebx
	shlq	$32, %rbx
	orq	$CLAIM_ACCEPTING, %rbx
	movq	%r15, %rdi
	movq	%r10, %r15
	movq	TB_CONTROL_SP(%r15), %rsp
	movq	%rbx, TB_CLAIM(%rdi)
	cmpl	$0, TB_WAITERS(%rdi)
	jne	coaccept_waiters
	movq	TB_REGION_BASE(%r15), %r14
	movq	TB_DATA_SP(%r15), %r13
	ldmxcsr	TB_MXCSR(%r15)
	movq	%r9, %rax
	jmp	cocall_exit_check

/* coaccept_waiters: from coaccept_release, when somebody waits for the callee rdi. r15 caller, r9 its result, rdx bytes that
 * the callee offered. */
coaccept_waiters:
	leaq	TB_GATE_STACK_TOP(%r15), %rsp
	pushq	%r9
	pushq	%rdx
	call	core_serve_waiters
	popq	%rdx
	popq	%rax
	take_on_context
	jmp	cocall_exit_check

/* coaccept_with_gate: from verified code, by `jmp`. As coaccept_gate, and r10 options. */
	.globl	SWITCHER(coaccept_with_gate)
	.hidden	SWITCHER(coaccept_with_gate)
	.balign	64
SWITCHER(coaccept_with_gate):
	movq	%rsp, TB_CONTROL_SP(%r15)
	movq	%r13, TB_DATA_SP(%r15)
	keep_arguments %rsi, %rdx, %rcx, %r8, %r9
	movq	%r10, TB_ARGUMENTS+40(%r15)
	call_core core_coaccept_with
	cmpq	$CORE_LEAVE, %rax
	jne	coaccept_stay

/* coaccept_leave: r15, on its caller's kernel thread, has replied and is to accept again. Leaves its gate stack first. */
	movq	%r15, %rdi
	movq	TB_CALLER(%r15), %r15
	leaq	TB_GATE_STACK_TOP(%r15), %rsp
	call	core_release
	jmp	cocall_exit

/* coaccept_stay: from coaccept_with_gate, which does not end on this kernel thread with a reply. rax as for
 * coaccept_decided, or CORE_MOVE_HOME. */
coaccept_stay:
	cmpq	$CORE_MOVE_HOME, %rax
	jne	coaccept_decided
	jmp	SWITCHER(move_home)

/* coaccept_slow: from coaccept_gate, arguments as there, nothing done yet. */
coaccept_slow:
	keep_arguments %rsi, %rdx, %rcx, %r8, %r9
	call_core core_coaccept_slow
/* coaccept_decided: rax says what core_coaccept_slow or core_reply_fault wants. */
coaccept_decided:
	cmpq	$CORE_PARK, %rax
	je	coaccept_park
	movq	TB_ARGUMENTS(%r15), %rsi
	movq	TB_ARGUMENTS+8(%r15), %rdx
	movq	TB_ARGUMENTS+16(%r15), %rcx
	movq	TB_ARGUMENTS+24(%r15), %r8
	movq	TB_ARGUMENTS+32(%r15), %r9
	movq	TB_REGION_BASE(%r15), %r14
	cmpq	$CORE_RETRY, %rax
	movq	TB_CONTROL_SP(%r15), %rsp
	je	coaccept_retry
	cmpq	$CORE_RELEASE, %rax
	jne	accept_exit
	movq	TB_CLAIM(%r15), %rbx
	movq	TB_CALLER(%r15), %r10
	movq	%rcx, %r12
	movq	$-14, %r9	/* EFAULT: the only result that is given this way */
	jmp	coaccept_release

/* coaccept_fault: from the fault handler while the reply was copied. r15 callee, r10 caller, r12 in, r8 inlen, rax
 * address. */
coaccept_fault:
	movq	%r12, TB_ARGUMENTS+16(%r15)
	movq	%r8, TB_ARGUMENTS+24(%r15)
	movq	%rax, %rsi
	call_core core_reply_fault
	jmp	coaccept_decided

/* coaccept_park: r15 runs on its home thread and is to wait for a caller. Leaves its gate stack for the park stack first:
 * once it accepts, another kernel thread may run on the gate stack. */
coaccept_park:
	leaq	TB_PARK_STACK_TOP(%r15), %rsp
	movq	%r15, %rdi
	call	core_park
/* home_resume: the home thread runs the context of r15 again. */
home_resume:
	ldmxcsr	TB_MXCSR(%r15)
	call_core core_home_resume
/* exit_chosen: rax result, rdx which exit. */
exit_chosen:
	cmpl	$EXIT_SYSTEM_CALL, %edx
	je	system_call_exit
	cmpl	$EXIT_COCALL, %edx
	je	cocall_exit
	cmpl	$EXIT_RECOVERY, %edx
	je	recovery_exit
	cmpl	$EXIT_MOVE_HOME, %edx
	je	SWITCHER(move_home)
	cmpl	$EXIT_PARK, %edx
	je	coaccept_park
	cmpl	$EXIT_FORCE_OUT, %edx
	je	SWITCHER(force_out)
	ja	cocall_decided

/* accept_exit: returns rax from the coaccept of r15, and the cookie that the thread block has. */
accept_exit:
	look_around EXIT_ACCEPT
	take_on_context
	movq	TB_ACCEPT_COOKIE(%r15), %rdx
	clear_registers_but_results
	jmp	*TB_PAD(%r15)

/* recovery_exit: from home_resume: enters the program at the recovery entry of r15, on emptied stacks, rdi EOWNERDEAD. */
recovery_exit:
	look_around EXIT_RECOVERY
	take_on_context
	xorl	%eax, %eax
	xorl	%edx, %edx
	clear_registers_but_results
	movl	$130, %edi	/* EOWNERDEAD */
	jmp	*TB_RECOVERY(%r15)

/* attention: from an exit, edx, of r15 whose result is rax: something is to be done before it, or instead of it. */
attention:
	movq	%rax, %rsi
	call_core core_attention
	jmp	exit_chosen

/* system_call_gate: from verified code, by `call`. rax number, rdi, rsi, rdx, r10, r8, r9 arguments. */
	.globl	SWITCHER(system_call_gate)
	.hidden	SWITCHER(system_call_gate)
	.balign	64
SWITCHER(system_call_gate):
	movq	%rsp, TB_CONTROL_SP(%r15)
	movq	%r13, TB_DATA_SP(%r15)
	movq	%rax, TB_ARGUMENTS(%r15)
	movq	%rdi, TB_ARGUMENTS+8(%r15)
	movq	%rsi, TB_ARGUMENTS+16(%r15)
	movq	%rdx, TB_ARGUMENTS+24(%r15)
	movq	%r10, TB_ARGUMENTS+32(%r15)
	movq	%r8, TB_ARGUMENTS+40(%r15)
	movq	%r9, TB_ARGUMENTS+48(%r15)
	call_core core_system_call
	cmpq	$CORE_MOVE_HOME, %rax
	je	system_call_move
	cmpl	$0, TB_FORCE_OUT(%r15)
	jne	system_call_attention
	/* Nobody else has run on this kernel thread: what C preserves, and the floating-point control, are as they were. */
	movq	TB_CONTROL_SP(%r15), %rsp
	xorl	%edx, %edx
	clear_scratch_registers
	ret

/* system_call_move: the context of r15 leaves this kernel thread in the middle of its system call; system_call_attention:
 * perhaps at its end, with the result rax. What C has preserved is the program's, and the floating-point control has the
 * exception flags that it has raised. */
system_call_move:
	keep_preserved
	jmp	SWITCHER(move_home)
system_call_attention:
	keep_preserved
	movl	$EXIT_SYSTEM_CALL, %edx
	jmp	attention

/* system_call_exit: returns rax from the system call of r15, on whatever kernel thread. */
system_call_exit:
	look_around EXIT_SYSTEM_CALL
	take_on_context
	xorl	%edx, %edx
	clear_registers_but_results
	movq	TB_SAVED_RBX(%r15), %rbx
	movq	TB_SAVED_RBP(%r15), %rbp
	movq	TB_SAVED_R12(%r15), %r12
	ret

/* move_home: the borrowed context r15 is to go on on its home thread; this kernel thread becomes its caller again, and
 * waits. It leaves the gate stack of r15 before the home thread may use it. Also from the signal handler, with nothing but
 * r15 set. If meanwhile the caller has to move home too (rax CORE_MOVE_HOME), it is the next one. */
	.globl	SWITCHER(move_home)
	.hidden	SWITCHER(move_home)
SWITCHER(move_home):
	movq	%r15, %rsi
	movq	TB_CALLER(%r15), %r15
	call_core core_hand_over
	cmpq	$CORE_MOVE_HOME, %rax
	je	SWITCHER(move_home)
	jmp	cocall_exit

/* force_out: from attention, or by the signal handler from verified code of r15, whose co-process is being ended. The
 * context of r15 is given up for good; its caller, if it runs on this kernel thread, goes on with ENOLINK. Leaves the
 * gate stack of r15 first. */
	.globl	SWITCHER(force_out)
	.hidden	SWITCHER(force_out)
SWITCHER(force_out):
	cld
	movzbl	TB_CLAIM(%r15), %ecx
	cmpl	$CLAIM_LENT, %ecx
	jne	1f
	movq	%r15, %rdi
	movq	TB_CALLER(%r15), %r15
	leaq	TB_GATE_STACK_TOP(%r15), %rsp
	call	core_forced_out
	jmp	cocall_exit
1:	call_core core_end_home_thread
	ud2

/* setjmp_gate: from verified code, by `call`. Returns rax depth of the control stack after the calling function has
 * returned, rdx the return address of that function. */
	.globl	SWITCHER(setjmp_gate)
	.hidden	SWITCHER(setjmp_gate)
	.balign	16
SWITCHER(setjmp_gate):
	leaq	-16(%r15), %rax
	subq	%rsp, %rax
	cmpq	$8, %rax	/* otherwise the word below is the sentinel, an address of the core */
	jl	SWITCHER(bad_longjmp)
	movq	8(%rsp), %rdx
	clear_scratch_registers
	ret

/* longjmp_gate: from verified code, by `jmp`. rdi depth, rsi landing pad, edx value; rbx, rbp, r12, r13 stay. The control
 * stack may only shrink: what lies below its present top was left there by earlier calls. */
	.globl	SWITCHER(longjmp_gate)
	.hidden	SWITCHER(longjmp_gate)
	.balign	16
SWITCHER(longjmp_gate):
	movq	%r15, %rax
	subq	%rsp, %rax		/* present depth */
	cmpq	%rax, %rdi
	ja	SWITCHER(bad_longjmp)
	cmpq	$8, %rdi		/* the sentinel stays */
	jb	SWITCHER(bad_longjmp)
	testb	$7, %dil
	jnz	SWITCHER(bad_longjmp)
	movl	%esi, %esi
	movl	$COMESG_LANDING_PAD_NEGATED, %ecx
101:	addl	(%r14,%rsi), %ecx
102:
	.pushsection core_fixup_table, "aw"
	.quad	101b, 102b, SWITCHER(bad_longjmp)
	.popsection
	jne	SWITCHER(bad_longjmp)
	addq	%r14, %rsi
	negq	%rdi
	leaq	(%r15,%rdi), %rsp
	movl	%edx, %eax
	movq	%rsi, TB_ARGUMENTS(%r15)
	xorl	%edx, %edx
	clear_scratch_registers
	jmp	*TB_ARGUMENTS(%r15)

/* bad_longjmp: a jump that would leave the control stack or land beside a pad; control_stack_sentinel: a `ret` with nothing
 * left to return to. Both end the co-process. */
	.globl	SWITCHER(control_stack_sentinel)
	.hidden	SWITCHER(control_stack_sentinel)
SWITCHER(control_stack_sentinel):
SWITCHER(bad_longjmp):
	call_core core_control_flow_fault
	jmp	SWITCHER(force_out)

/* start_thread: from core_start, on the park stack, rdi a fresh thread block: enters the program for the first time, at
 * pad, with its argument in rdi and everything else cleared. */
	.globl	SWITCHER(start_thread)
	.hidden	SWITCHER(start_thread)
SWITCHER(start_thread):
	movq	%rdi, %r15
	take_on_context
	xorl	%eax, %eax
	xorl	%edx, %edx
	clear_registers_but_results
	movq	TB_ARGUMENTS(%r15), %rdi
	jmp	*TB_PAD(%r15)

	.section .note.GNU-stack, "", @progbits
