# SPDX-License-Identifier: BSD-2-Clause
#
# Holds a secret at a known place, publishes itself as "victim", and sleeps.
	.include "tests/core/programs/raw/gates.inc"
	.text
leak:					# at LEAK
	endbr64
	movq	secret(%rip), %rax
	ret
	.globl	_start
_start:
	endbr64
	movl	$PLACE, %ebx
	leaq	(%r14,%rbx), %rdi
	movl	$4096, %esi
	movl	$3, %edx		# PROT_READ | PROT_WRITE
	movl	$0x32, %r10d		# MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED
	movl	$-1, %r8d
	xorl	%r9d, %r9d
	system_call 9			# mmap
	movq	secret(%rip), %rax
	movl	%ebx, %r11d
	movq	%rax, (%r14,%r11)
	leaq	name(%rip), %rdi
	xorl	%esi, %esi
	leaq	target(%rip), %rdx
	system_call 0x1000		# coregister
1:	leaq	long(%rip), %rdi
	xorl	%esi, %esi
	system_call 35			# nanosleep
	jmp	1b

	.section .rodata
name:	.ascii	"victim"
	.ifdef	ABOVE
	.ascii	"-above"
	.endif
	.byte	0
	.data
	.balign	8
secret:	.quad	SECRET
long:	.quad	1000, 0
target:	.quad	0
