/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The system-call shim: one small handler per admitted call.  Arguments are untrusted; every pointer is checked whole
 * before the kernel or the core uses it.
 */
#ifndef COMESG_CORE_SHIM_SHIM_H
#define COMESG_CORE_SHIM_SHIM_H

#include "core/kernel.h"

#include <sys/uio.h>

typedef int64_t shim_handler(struct thread_block *, const uint64_t *arguments);

/* The thread has been cancelled, and this call is a cancellation point. */
static inline bool shim_cancelled(const struct thread_block *block)
{
    return block->cancelled == block->incarnation && (block->arguments[0] & COMESG_CANCELLATION_POINT);
}

#pragma GCC visibility push(hidden)

/* files.c */
shim_handler shim_read, shim_write, shim_pread64, shim_pwrite64, shim_readv, shim_writev, shim_open, shim_openat,
    shim_close, shim_lseek, shim_fstat, shim_stat, shim_lstat, shim_newfstatat, shim_readlink, shim_readlinkat,
    shim_access, shim_faccessat, shim_dup, shim_dup2, shim_dup3, shim_pipe, shim_pipe2, shim_fcntl, shim_ioctl,
    shim_getcwd, shim_chdir, shim_fchdir, shim_mkdir, shim_rmdir, shim_unlink, shim_rename, shim_getdents64,
    shim_ftruncate, shim_fsync, shim_umask;
/* poll.c */
shim_handler shim_poll, shim_select, shim_pselect6, shim_epoll_create1, shim_epoll_ctl, shim_epoll_pwait;
/* At most this many parts of a vector. */
enum { SHIM_VECTOR_MAX = 64 };
int64_t shim_fetch_vector(const struct thread_block *, uint64_t address, uint64_t count,
                          struct iovec vector[SHIM_VECTOR_MAX]);
/* sockets.c */
shim_handler shim_socket, shim_bind, shim_connect, shim_listen, shim_shutdown, shim_accept, shim_accept4,
    shim_getsockname, shim_getpeername, shim_sendto, shim_recvfrom, shim_sendmsg, shim_recvmsg, shim_setsockopt,
    shim_getsockopt;
/* memory.c */
shim_handler shim_brk, shim_mmap, shim_munmap, shim_mprotect, shim_madvise;
/* time.c */
shim_handler shim_clock_gettime, shim_clock_getres, shim_gettimeofday, shim_nanosleep, shim_clock_nanosleep,
    shim_sched_yield, shim_getrandom, shim_futex;
/* process.c */
shim_handler shim_getpid, shim_getppid, shim_gettid, shim_getuid, shim_geteuid, shim_getgid, shim_getegid, shim_uname,
    shim_set_tid_address, shim_set_robust_list, shim_arch_prctl, shim_rt_sigprocmask, shim_rt_sigaction, shim_kill,
    shim_tkill, shim_tgkill, shim_exit, shim_exit_group;
/* calls.c: the core's own operations */
shim_handler shim_coregister, shim_colookup, shim_cogetpid, shim_coexec, shim_cogetvec, shim_coroot, shim_getmxcsr,
    shim_setmxcsr, shim_codeath, shim_cokill, shim_coidentify, shim_thread_create;
/* handles.c */
int64_t shim_give_handle(struct thread_block *, uint64_t value, uint64_t address);
shim_handler shim_codup, shim_corestrict, shim_corevoke, shim_cohandle_close, shim_cohandle_kind, shim_coseal,
    shim_counseal, shim_cowindow, shim_cocopy, shim_commap, shim_comap_attach, shim_comap_detach, shim_comap_size;
/* microkernel.c */
shim_handler shim_comint_seal, shim_comint, shim_comint_read, shim_comint_read_caller, shim_comint_survey, shim_covault,
    shim_covault_put, shim_covault_get, shim_covault_drop, shim_covault_list, shim_cocaller, shim_cowake,
    shim_coport_control, shim_coport_publish, shim_coport_shut, shim_coring_send, shim_coring_receive, shim_coport_wait,
    shim_coport_type, shim_coalive, shim_colauncher, shim_cotarget_identity;
/* calls.c, too: pools */
shim_handler shim_copool, shim_copool_copy, shim_copool_add, shim_copool_remove, shim_copool_end;

#pragma GCC visibility pop

#endif
