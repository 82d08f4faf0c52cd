/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How libcocall tells the gates COCALL_WITH and COACCEPT_WITH what does not fit into registers.  Programs use cocall.h.
 */
#ifndef COMESG_CALL_OPTIONS_H
#define COMESG_CALL_OPTIONS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMESG_CALL_NB UINT32_C(1)    /* never wait; a call with UNTIL too: the deadline is that of the call only */
#define COMESG_CALL_UNTIL UINT32_C(2) /* wait until the deadline */
#define COMESG_CALL_SLOW UINT32_C(4)  /* the callee runs on its own kernel thread */
#define COMESG_CALL_WAIT UINT32_C(8)  /* with UNTIL: the deadline is that of the wait for the callee only */

/* As a deadline. */
#define COMESG_CALL_WITHOUT_LIMIT UINT64_MAX

/* Addresses are of the program's own region. */
struct comesg_call_options {
    uint32_t size; /* of this structure */
    uint32_t flags;
    uint64_t deadline;    /* of CLOCK_MONOTONIC, in nanoseconds; matters with COMESG_CALL_UNTIL */
    uint64_t attachments; /* struct coattachment[attachment_count], to be sent */
    uint64_t attachment_count;
    uint64_t information; /* struct cocall_information, to be filled in; or 0 */
};

/* False if this is no time. NULL: without limit. */
static inline int comesg_call_deadline(const struct timespec *time, uint64_t *deadline)
{
    const uint64_t second = 1000000000;
    *deadline = COMESG_CALL_WITHOUT_LIMIT;
    if (!time)
        return 1;
    if (time->tv_nsec < 0 || (uint64_t)time->tv_nsec >= second)
        return 0;
    if (time->tv_sec < 0)
        *deadline = 0;
    else if ((uint64_t)time->tv_sec < UINT64_MAX / second)
        *deadline = (uint64_t)time->tv_sec * second + (uint64_t)time->tv_nsec;
    return 1;
}

/* coaccept with options; cocall.h says why it is inline. The frame pointer cannot be named as clobbered at -O0, and
 * what lies below the stack pointer may be in use. */
static inline __attribute__((always_inline)) ssize_t comesg_accept_with(uint64_t *cookie, const void *out,
                                                                        size_t outlen, void *in, size_t inlen,
                                                                        const struct comesg_call_options *options)
{
    ssize_t result;
    uint64_t caller;
    const void *out_register = out;
    void *in_register = in;
    register size_t inlen_register __asm__("r8") = inlen;
    register const struct comesg_call_options *options_register __asm__("r10") = options;

    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
                     "pushq %%rbp\n\t"
                     "leaq 1f(%%rip), %%r9\n\t"
                     "jmp *0x30(%%r15)\n"
                     "1:\tendbr64\n\t"
                     "popq %%rbp\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     : "=a"(result), "=d"(caller), "+S"(out_register), "+c"(in_register), "+r"(inlen_register),
                       "+r"(options_register)
                     : "1"(outlen)
                     : "rbx", "rdi", "r9", "r12", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc");
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    if (cookie)
        *cookie = caller;
    return result;
}

/* The same with what the options are made of. */
static inline __attribute__((always_inline)) ssize_t comesg_accept(uint64_t *cookie, const void *out, size_t outlen,
                                                                   void *in, size_t inlen, uint32_t flags,
                                                                   const struct timespec *until,
                                                                   const void *attachments, size_t n, void *information)
{
    struct comesg_call_options options = {sizeof options, flags, 0, (uintptr_t)attachments, n, (uintptr_t)information};
    if (!comesg_call_deadline(until, &options.deadline)) {
        errno = EINVAL;
        return -1;
    }
    return comesg_accept_with(cookie, out, outlen, in, inlen, &options);
}

#ifdef __cplusplus
}
#endif

#endif
