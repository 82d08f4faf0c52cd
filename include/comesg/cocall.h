/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls between co-processes (libcocall).  Link programs with cocc; -lcocall is implied.
 *
 * No call here ends the program.  Failure is -1 with errno.  Every pointer argument must lie, whole, in the caller's
 * own region (EFAULT); it is never truncated.  A length of 0 needs no buffer: the pointer may then be NULL.  Calls are
 * not cancellation points.  None of them may be made by a process other than a co-process.
 *
 * Waiting: `X_until` waits until `abs_monotonic`, a time of CLOCK_MONOTONIC (NULL: without limit), and then fails with
 * ETIMEDOUT; `X_nb` never waits (EAGAIN).  A time in the past is no error where nothing has to be waited for.  EINTR is
 * for programs with signal handlers, which there cannot be in this version.
 */
#ifndef COMESG_COCALL_H
#define COMESG_COCALL_H

#include <comesg/abi.h>
#include <comesg/call_options.h>
#include <comesg/handle.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A call target, cotarget_t of handle.h, names one thread of a co-process. Valid only in the co-process that was given
 * it. 0 is never valid. */

/* Identifies a calling thread: stable while the thread lives, meaningless to others. */
typedef uint64_t cocookie_t;

/* Gives the target of the calling thread and, if `name` is not NULL, publishes it under that name in the realm.
 *
 *   name      NULL, or 1 to 91 bytes of [A-Za-z0-9._-], not "." or ".."
 *   recovery  NULL, or where this thread starts again, with EOWNERDEAD as its argument, if its context is lost:
 *             somebody has killed a caller's process with SIGKILL while this thread ran on its kernel thread. The stack
 *             is empty then, memory is as it was left, perhaps in the middle of a change or with a lock of the C
 *             library held. There is no present caller: the next coaccept ignores `out`. The entry must not return;
 *             callers get EBUSY until that coaccept. Without one the co-process is ended.
 *   target    receives the target
 *
 * Returns 0. Errors: EACCES `name` is given and the launcher did not give the right to publish names; EEXIST the name
 * is taken, or is "coproc", which is the microkernel's; EINVAL bad name, or recovery is not a function; ENAMETOOLONG
 * longer than 91 bytes; EFAULT; EDQUOT this co-process has 64 names, or its quota of handles is used up; ENOSPC the
 * realm's table of names (16384) is full. Never waits. A name goes with the co-process that registered it.
 */
int coregister(const char *name, void (*recovery)(int error), cotarget_t *target);

/* Finds the target published under `name`. Returns 0. Errors: ENOENT no such name; EINVAL, ENAMETOOLONG, EFAULT, EDQUOT
 * as above. Never waits. */
int colookup(const char *name, cotarget_t *target);

/* Calls the thread that `target` names, on this kernel thread, without a system call.
 *
 *   out, outlen  the request; min(outlen, the callee's inlen) bytes of it reach the callee
 *   in, inlen    buffer for the reply, in bytes; may be the same memory as out
 *
 * Returns the number of bytes received. Errors: EBADF not a target of this co-process; EBUSY the callee serves another
 * call or has not called coaccept yet; EDEADLK the calling thread itself; ENOLINK the callee is gone, died during the
 * call, or had a request buffer that faults; EFAULT a buffer of the caller is not wholly in its region or faults. Waits
 * as long as the callee computes. Rounding mode and masks of the caller are kept; floating-point exception flags are
 * lost. */
ssize_t cocall(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen);

/* The pid of the current caller, which it cannot forge. Returns 0. Errors: ESRCH not in a call; EFAULT. */
int cogetpid(pid_t *pid);

/* Replies to the present caller, if any, and waits for the next call.
 *
 *   cookie       receives the cookie of the next calling thread; may be NULL
 *   out, outlen  the reply; min(outlen, the caller's inlen) bytes of it reach the caller; ignored by the first coaccept
 *   in, inlen    buffer for the next request, in bytes
 *
 * Returns the number of bytes received; the caller has then to be answered by exactly one further coaccept. Errors:
 * EFAULT a buffer here is not wholly in the region or faults. If that was `out`, the present caller still waits for its
 * reply; if it was `in` when a request arrived, that caller has got ENOLINK.
 *
 * Inline, because a function would cost two mispredicted returns a call: the caller of cocall returns from the call
 * that it made, not from this one. */
static inline __attribute__((always_inline)) ssize_t coaccept(cocookie_t *cookie, const void *out, size_t outlen,
                                                              void *in, size_t inlen)
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
                     : "rbx", "rdi", "r9", "r10", "r12", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc");
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    if (cookie)
        *cookie = caller;
    return result;
}

/* As cocall, and wait, in the order of arrival, while the callee is busy or has not called coaccept yet. The deadline
 * holds for the call too: when it passes in the middle, the callee finishes on a kernel thread of its own and its reply
 * is dropped. A signal to the caller is handled after the call; it ends only the wait for the callee.
 *
 * Errors of cocall, without EBUSY, and: ETIMEDOUT; EINTR a signal handler ran while it waited, whatever SA_RESTART
 * says; EDEADLK the callee waits, itself or through others, for the calling thread; EINVAL tv_nsec is not in
 * 0..999999999. */
ssize_t cocall_until(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                     const struct timespec *abs_monotonic);

/* As cocall, with EAGAIN for EBUSY. A call that has begun is waited for: cocall_until bounds that. */
ssize_t cocall_nb(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen);

/* As coaccept, which waits without limit. The reply is given in any case, before the wait: after ETIMEDOUT, EAGAIN or
 * EINTR there is no present caller, and the next coaccept ignores `out`.
 *
 * Errors of coaccept, and: ETIMEDOUT; EAGAIN no caller waits; EINTR a signal handler ran while it waited, whatever
 * SA_RESTART says; EINVAL tv_nsec is not in 0..999999999: no reply is given. */
static inline __attribute__((always_inline)) ssize_t coaccept_until(cocookie_t *cookie, const void *out, size_t outlen,
                                                                    void *in, size_t inlen,
                                                                    const struct timespec *abs_monotonic)
{
    return comesg_accept(cookie, out, outlen, in, inlen, COMESG_CALL_UNTIL, abs_monotonic, NULL, 0, NULL);
}

static inline __attribute__((always_inline)) ssize_t coaccept_nb(cocookie_t *cookie, const void *out, size_t outlen,
                                                                 void *in, size_t inlen)
{
    return comesg_accept(cookie, out, outlen, in, inlen, COMESG_CALL_NB, NULL, NULL, 0, NULL);
}

/* The slow path: the same calls, but the callee runs on its own kernel thread from the start, with two switches by the
 * system, some microseconds, per call. For work that sleeps. It is slow if either side asks for it: cocall reaches a
 * thread in coaccept_slow and cocall_slow one in coaccept. Arguments, results, errors and waiting are those of the
 * calls without `_slow`; coaccept_slow can also give EINTR. */
ssize_t cocall_slow(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen);
ssize_t cocall_slow_until(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                          const struct timespec *abs_monotonic);
ssize_t cocall_slow_nb(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen);
static inline __attribute__((always_inline)) ssize_t coaccept_slow(cocookie_t *cookie, const void *out, size_t outlen,
                                                                   void *in, size_t inlen)
{
    return comesg_accept(cookie, out, outlen, in, inlen, COMESG_CALL_SLOW, NULL, NULL, 0, NULL);
}

static inline __attribute__((always_inline)) ssize_t coaccept_slow_until(cocookie_t *cookie, const void *out,
                                                                         size_t outlen, void *in, size_t inlen,
                                                                         const struct timespec *abs_monotonic)
{
    return comesg_accept(cookie, out, outlen, in, inlen, COMESG_CALL_SLOW | COMESG_CALL_UNTIL, abs_monotonic, NULL, 0,
                         NULL);
}

static inline __attribute__((always_inline)) ssize_t coaccept_slow_nb(cocookie_t *cookie, const void *out,
                                                                      size_t outlen, void *in, size_t inlen)
{
    return comesg_accept(cookie, out, outlen, in, inlen, COMESG_CALL_SLOW | COMESG_CALL_NB, NULL, NULL, 0, NULL);
}

/* What the other side sent beyond the bytes. */
struct cocall_information {
    size_t size;                         /* in: sizeof(struct cocall_information) */
    size_t offered;                      /* out: bytes that it offered; the part that fitted was received */
    struct coattachment_set attachments; /* in, out: handles that it sent */
};

/* As the calls above, with attachments in both directions: handles and file descriptors, never in the bytes.
 *
 *   attachments, n  go with the request, or with the reply of coaccept; n is at most COATTACHMENT_MAX
 *   information     receives what came with the reply, or with the request of coaccept; NULL drops attachments, as
 *                   the calls without `_oob` do. Its array must stay as it is until the call returns
 *
 * Errors of the call without `_oob`, and: EBADF also: one of the attachments is no valid handle or file descriptor;
 * EACCES also: a file descriptor that is not passed on (handle.h says which are); EDQUOT the threads of the caller are
 * passing more than 256 file descriptors; EINVAL n, a size, or a kind that does not exist. In all these cases nothing
 * was sent: the callee has seen no request, the present caller still waits for its reply. A file descriptor stands for
 * what it stands for when the call begins, and makes the call slower: sender and receiver each go on on a kernel thread
 * of their own process. */
ssize_t cocall_oob(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                   const struct coattachment *attachments, size_t n, struct cocall_information *information);
ssize_t cocall_oob_until(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                         const struct coattachment *attachments, size_t n, struct cocall_information *information,
                         const struct timespec *abs_monotonic);
ssize_t cocall_oob_nb(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                      const struct coattachment *attachments, size_t n, struct cocall_information *information);
static inline __attribute__((always_inline)) ssize_t coaccept_oob(cocookie_t *cookie, const void *out, size_t outlen,
                                                                  void *in, size_t inlen,
                                                                  const struct coattachment *attachments, size_t n,
                                                                  struct cocall_information *information)
{
    return comesg_accept(cookie, out, outlen, in, inlen, 0, NULL, attachments, n, information);
}

static inline __attribute__((always_inline)) ssize_t
coaccept_oob_until(cocookie_t *cookie, const void *out, size_t outlen, void *in, size_t inlen,
                   const struct coattachment *attachments, size_t n, struct cocall_information *information,
                   const struct timespec *abs_monotonic)
{
    return comesg_accept(cookie, out, outlen, in, inlen, COMESG_CALL_UNTIL, abs_monotonic, attachments, n, information);
}

static inline __attribute__((always_inline)) ssize_t coaccept_oob_nb(cocookie_t *cookie, const void *out, size_t outlen,
                                                                     void *in, size_t inlen,
                                                                     const struct coattachment *attachments, size_t n,
                                                                     struct cocall_information *information)
{
    return comesg_accept(cookie, out, outlen, in, inlen, COMESG_CALL_NB, NULL, attachments, n, information);
}

ssize_t cocall_slow_oob(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                        const struct coattachment *attachments, size_t n, struct cocall_information *information);
ssize_t cocall_slow_oob_until(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                              const struct coattachment *attachments, size_t n, struct cocall_information *information,
                              const struct timespec *abs_monotonic);
ssize_t cocall_slow_oob_nb(cotarget_t target, const void *out, size_t outlen, void *in, size_t inlen,
                           const struct coattachment *attachments, size_t n, struct cocall_information *information);
static inline __attribute__((always_inline)) ssize_t coaccept_slow_oob(cocookie_t *cookie, const void *out,
                                                                       size_t outlen, void *in, size_t inlen,
                                                                       const struct coattachment *attachments, size_t n,
                                                                       struct cocall_information *information)
{
    return comesg_accept(cookie, out, outlen, in, inlen, COMESG_CALL_SLOW, NULL, attachments, n, information);
}

static inline __attribute__((always_inline)) ssize_t
coaccept_slow_oob_until(cocookie_t *cookie, const void *out, size_t outlen, void *in, size_t inlen,
                        const struct coattachment *attachments, size_t n, struct cocall_information *information,
                        const struct timespec *abs_monotonic)
{
    return comesg_accept(cookie, out, outlen, in, inlen, COMESG_CALL_SLOW | COMESG_CALL_UNTIL, abs_monotonic,
                         attachments, n, information);
}

static inline __attribute__((always_inline)) ssize_t
coaccept_slow_oob_nb(cocookie_t *cookie, const void *out, size_t outlen, void *in, size_t inlen,
                     const struct coattachment *attachments, size_t n, struct cocall_information *information)
{
    return comesg_accept(cookie, out, outlen, in, inlen, COMESG_CALL_SLOW | COMESG_CALL_NB, NULL, attachments, n,
                         information);
}

#ifdef __cplusplus
}
#endif

#endif
