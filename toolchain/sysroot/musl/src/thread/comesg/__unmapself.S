/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The end of a detached thread: no data stack is needed between the two system calls.
 */
#include <comesg/abi.h>

#define SYS_MUNMAP 11
#define SYS_EXIT 60

	.text
/* Caller: pthread_exit, by call. rdi: start of the thread's data stack, rsi: its size. Does not return. */
	.global __unmapself
	.hidden __unmapself
	.type __unmapself,@function
__unmapself:
	endbr64
	movl $SYS_MUNMAP,%eax
	call *COMESG_GATE_SYSCALL(%r15)
	xorl %edi,%edi
	movl $SYS_EXIT,%eax
	call *COMESG_GATE_SYSCALL(%r15)
	ud2
	.size __unmapself,.-__unmapself

	.section .note.GNU-stack,"",@progbits
