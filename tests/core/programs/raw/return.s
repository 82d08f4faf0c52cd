# SPDX-License-Identifier: BSD-2-Clause
#
# Publishes itself as "victim" and answers a call with a `ret` that has nothing to return to.
	.text
	.globl	_start
_start:
	endbr64
	movl	$0x1000, %eax		# coregister
	leaq	name(%rip), %rdi
	xorl	%esi, %esi
	leaq	target(%rip), %rdx
	call	*0x00(%r15)
	leaq	buffer(%rip), %rcx
	movl	$64, %r8d
	leaq	buffer(%rip), %rsi
	xorl	%edx, %edx
	leaq	1f(%rip), %r9
	jmp	*0x10(%r15)
1:	endbr64
	.ifdef	MOVE_HOME
	movl	$110, %eax		# getppid
	call	*0x00(%r15)
	.endif
	ret

	.section .rodata
name:	.asciz	"victim"
	.bss
	.balign	8
target:	.zero	8
buffer:	.zero	64
