/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls between co-processes (libcocall).  Link programs with cocc; -lcocall is implied.
 *
 * No call here ends the program.  Failure is -1 with errno.  Every pointer argument must lie, whole, in the caller's own
 * region (EFAULT); it is never truncated.  A length of 0 needs no buffer: the pointer may then be NULL.  Calls are not
 * cancellation points.  None of them may be made by a process other than a co-process.
 */
#ifndef COMESG_COCALL_H
#define COMESG_COCALL_H

#include <comesg/abi.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A call target: names one thread of a co-process. Valid only in the co-process that was given it. 0 is never valid. */
typedef uint64_t cotarget_t;

/* Identifies a calling thread: stable while the thread lives, meaningless to others. */
typedef uint64_t cocookie_t;

/* Gives the target of the calling thread and, if `name` is not NULL, publishes it under that name in the realm.
 *
 *   name      NULL, or 1 to 91 bytes of [A-Za-z0-9._-], not "." or ".."
 *   recovery  NULL, or where this thread starts again, with EOWNERDEAD as its argument, if its context is lost: somebody
 *             has killed a caller's process with SIGKILL while this thread ran on its kernel thread. The stack is empty
 *             then, memory is as it was left, perhaps in the middle of a change or with a lock of the C library held.
 *             The entry must not return; callers get EBUSY until its next coaccept. Without one the co-process is ended.
 *   target    receives the target
 *
 * Returns 0. Errors: EEXIST the name is taken; EINVAL bad name, or recovery is not a function; ENAMETOOLONG longer than 91 bytes; EFAULT;
 * EDQUOT this co-process has 64 names, or 1024 handles of things that live; ENOSPC the realm's table of names (16384) is
 * full.
 * Never waits. A name goes with the co-process that registered it. */
int coregister(const char *name, void (*recovery)(int error), cotarget_t *target);

/* Finds the target published under `name`. Returns 0. Errors: ENOENT no such name; EINVAL, ENAMETOOLONG, EFAULT, EDQUOT as
 * above. Never waits. */
int colookup(const char *name, cotarget_t *target);

/* Calls the thread that `target` names, on this kernel thread, without a system call.
 *
 *   out, outlen  the request; min(outlen, the callee's inlen) bytes of it reach the callee
 *   in, inlen    buffer for the reply, in bytes; may be the same memory as out
 *
 * Returns the number of bytes received. Errors: EBADF not a target of this co-process; EBUSY the callee serves another call
 * or has not called coaccept yet; EDEADLK the calling thread itself; ENOLINK the callee is gone, died during the call, or
 * had a request buffer that faults; EFAULT a buffer of the caller is not wholly in its region or faults. Waits as long as the
 * callee computes. Rounding mode and masks of the caller are kept; floating-point exception flags are lost. */
ssize_t cocall(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen);

/* The pid of the current caller, which it cannot forge. Returns 0. Errors: ESRCH not in a call; EFAULT. */
int cogetpid(pid_t *pid);

/* Replies to the present caller, if any, and waits for the next call.
 *
 *   cookie       receives the cookie of the next calling thread; may be NULL
 *   out, outlen  the reply; min(outlen, the caller's inlen) bytes of it reach the caller; ignored by the first coaccept
 *   in, inlen    buffer for the next request, in bytes
 *
 * Returns the number of bytes received; the caller has then to be answered by exactly one further coaccept. Errors: EFAULT a
 * buffer here is not wholly in the region or faults. If that was `out`, the present caller still waits for its reply; if it
 * was `in` when a request arrived, that caller has got ENOLINK.
 *
 * Inline, because a function would cost two mispredicted returns a call: the caller of cocall returns from the call that it
 * made, not from this one. */
static inline __attribute__((always_inline)) ssize_t coaccept(cocookie_t *cookie, const void *out, size_t outlen, void *in,
                                                              size_t inlen)
{
    ssize_t result;
    cocookie_t caller;
    const void *out_register = out;
    void *in_register = in;
    register size_t inlen_register __asm__("r8") = inlen;

    /* The frame pointer cannot be named as clobbered at -O0, and what lies below the stack pointer may be in use. */
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
                     "pushq %%rbp\n\t"
                     "leaq 1f(%%rip), %%r9\n\t"
                     "jmp *0x10(%%r15)\n"
                     "1:\tendbr64\n\t"
                     "popq %%rbp\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     : "=a"(result), "=d"(caller), "+S"(out_register), "+c"(in_register), "+r"(inlen_register)
                     : "1"(outlen)
                     : "rbx", "rdi", "r9", "r10", "r12", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                       "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc");
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    if (cookie)
        *cookie = caller;
    return result;
}

#ifdef __cplusplus
}
#endif

#endif
