/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The system-call shim. A table says of each admitted call what its arguments have to be (dispatch.c). Who deals with a
 * call copies what is beyond that by core_fetch and core_put: the kernel gets no address that was not checked whole.
 */
#ifndef COMESG_CORE_SHIM_SHIM_H
#define COMESG_CORE_SHIM_SHIM_H

#include "core/kernel.h"

#include <sys/uio.h>

/* The number of the call that the program makes. */
static inline long shim_number(const struct thread_block *block)
{
    return (long)(block->arguments[0] & ~(uint64_t)COMESG_CANCELLATION_POINT);
}

/* The thread has been cancelled, and this call is a cancellation point. */
static inline bool shim_cancelled(const struct thread_block *block)
{
    return block->cancelled == block->incarnation && (block->arguments[0] & COMESG_CANCELLATION_POINT);
}

#pragma GCC visibility push(hidden)

/* dispatch.c: the kernel does it, with the arguments as they are. */
core_operation shim_forward;

/* files.c */
core_operation shim_vector, shim_open, shim_openat, shim_new_descriptor, shim_duplicate_to, shim_pipe, shim_pipe2,
    shim_fcntl, shim_ioctl;
/* At most this many parts of a vector. */
enum { SHIM_VECTOR_MAX = 64 };
int64_t shim_fetch_vector(const struct thread_block *, uint64_t address, uint64_t count,
                          struct iovec vector[SHIM_VECTOR_MAX]);
/* poll.c */
core_operation shim_poll, shim_select, shim_pselect6, shim_epoll_pwait;
/* sockets.c */
core_operation shim_socket, shim_with_address, shim_sendto, shim_recvfrom, shim_sendmsg, shim_recvmsg, shim_setsockopt,
    shim_getsockopt;
/* memory.c */
core_operation shim_brk, shim_mmap, shim_munmap, shim_mprotect, shim_madvise;
/* time.c */
core_operation shim_clock, shim_nanosleep, shim_clock_nanosleep, shim_futex;
/* The present call may take this time, from when it first says so: it may be made again, even on another kernel thread.
 * 0 or -EINVAL. */
int64_t shim_limit(struct thread_block *, struct timespec);
/* What is left of that; NULL: no limit. */
struct timespec *shim_time_left(const struct thread_block *, struct timespec *);
/* process.c */
core_operation shim_set_tid_address, shim_arch_prctl, shim_rt_sigprocmask, shim_rt_sigaction, shim_kill, shim_tkill,
    shim_exit, shim_exit_group, shim_getmxcsr, shim_setmxcsr;
/* handles.c */
core_maker shim_codup, shim_corestrict, shim_coseal;
core_operation shim_corevoke, shim_cohandle_close, shim_cohandle_kind, shim_counseal;
/* identity.c */
core_operation shim_cogetpid, shim_cocaller, shim_comint_read, shim_comint_read_caller, shim_coalive, shim_colauncher,
    shim_cotarget_identity;

#pragma GCC visibility pop

#endif
